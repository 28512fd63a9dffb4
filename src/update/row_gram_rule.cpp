#include <algorithm>
#include <utility>
#include <vector>

#include "update/filled_row.hpp"
#include "update/panel_rule.hpp"

namespace partita {

namespace {

/// Adds scale h hᵀ to the upper triangle of G and gain h to c.
template <class Real>
void add_equation(const Real* h, Index k, double scale, double gain, double* G, double* c) {
  for (Index a = 0; a < k; ++a) {
    const double scaled = scale * static_cast<double>(h[a]);
    double* const row = G + a * k;
    for (Index b = a; b < k; ++b) row[b] += scaled * static_cast<double>(h[b]);
    c[a] += gain * static_cast<double>(h[a]);
  }
}

template <class Real>
class RowGramRule final : public PanelRule<Real> {
 public:
  explicit RowGramRule(std::unique_ptr<RowRule<Real>> rule) : rule_(std::move(rule)) {}

  void update(TallView<Real> W, const EntryPanel<Real>& X, TallView<const Real> H,
              const GramMatrix& G) const override {
    const Index k = W.width;
    GramMatrix own(k);
    std::vector<double> c(static_cast<std::size_t>(k));
    std::vector<Real> right_side(c.size());
    FilledRow<Real> filled;
    for (Index i = 0; i < W.rows; ++i) {
      filled.take(X.row(i), H.rows, X.unstored);
      const EntryRow<Real>& row = filled.row();
      const double unstored = filled.unstored();
      for (Index e = 0; e < k * k; ++e)
        own.values()[static_cast<std::size_t>(e)] =
            unstored * G.values()[static_cast<std::size_t>(e)];
      std::ranges::fill(c, 0.0);
      for (std::size_t e = 0; e < row.size(); ++e) {
        const double weight = row.weight(e);
        add_equation(H.row(row.columns[e]), k, weight - unstored,
                     weight * static_cast<double>(row.values[e]), own.values().data(), c.data());
      }
      for (Index a = 0; a < k; ++a) {
        for (Index b = 0; b < a; ++b) own(a, b) = own(b, a);
      }
      std::ranges::transform(c, right_side.begin(),
                             [](double value) { return static_cast<Real>(value); });
      rule_->update({W.row(i), 1, k, W.stride}, {right_side.data(), 1, k, k}, own);
    }
  }

 private:
  std::unique_ptr<RowRule<Real>> rule_;
};

}  // namespace

template <class Real>
std::unique_ptr<PanelRule<Real>> make_row_gram_rule(std::unique_ptr<RowRule<Real>> rule) {
  return std::make_unique<RowGramRule<Real>>(std::move(rule));
}

template <class Real>
double entry_loss(TallView<const Real> W, const EntryPanel<Real>& X, TallView<const Real> H,
                  const GramMatrix& G) {
  const Index k = W.width;
  double loss = 0;
  FilledRow<Real> filled;
  for (Index i = 0; i < W.rows; ++i) {
    filled.take(X.row(i), H.rows, X.unstored);
    const EntryRow<Real>& row = filled.row();
    const Real* const w = W.row(i);
    double stored = 0;
    for (std::size_t e = 0; e < row.size(); ++e) {
      const Real* const h = H.row(row.columns[e]);
      double model = 0;
      for (Index l = 0; l < k; ++l) model += static_cast<double>(w[l]) * static_cast<double>(h[l]);
      const double residual = static_cast<double>(row.values[e]) - model;
      loss += row.weight(e) * residual * residual;
      stored += model * model;
    }
    if (filled.unstored() == 0) continue;
    double all = 0;
    for (Index a = 0; a < k; ++a) {
      for (Index b = 0; b < k; ++b) {
        all += static_cast<double>(w[a]) * G(a, b) * static_cast<double>(w[b]);
      }
    }
    const double outside = all - stored;
    loss += filled.unstored() * (outside < 0 ? 0.0 : outside);  // not std::max: NaN stays NaN
  }
  return loss;
}

#define PARTITA_INSTANTIATE(Real)                                                                 \
  template std::unique_ptr<PanelRule<Real>> make_row_gram_rule(std::unique_ptr<RowRule<Real>>);   \
  template double entry_loss(TallView<const Real>, const EntryPanel<Real>&, TallView<const Real>, \
                             const GramMatrix&);
PARTITA_INSTANTIATE(double)
PARTITA_INSTANTIATE(float)
#undef PARTITA_INSTANTIATE

}  // namespace partita
