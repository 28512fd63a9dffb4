#include <algorithm>
#include <utility>
#include <vector>

#include "data/kernels/reductions.hpp"
#include "update/filled_row.hpp"
#include "update/panel_rule.hpp"

namespace partita {

namespace {

/// Against components that live in the entries which are taken off: their share of G that stays.
constexpr double kRidge = 1e-3;

/// The equations of one row, ½ w G wᵀ - c wᵀ.
struct RowEquations {
  GramMatrix G;
  std::vector<double> c;

  explicit RowEquations(Index width) : G(width), c(static_cast<std::size_t>(width)) {}

  /// @param product  of the row of X and H, or nullptr.
  template <class Real>
  void form(const EntryRow<Real>& row, double unstored, TallView<const Real> H,
            const GramMatrix& of_all, const Real* product) {
    const Index k = H.width;
    for (Index e = 0; e < k * k; ++e)
      G.values()[static_cast<std::size_t>(e)] =
          unstored * of_all.values()[static_cast<std::size_t>(e)];
    std::ranges::fill(c, 0.0);
    if (product != nullptr) std::copy_n(product, k, c.begin());
    add_entries(row, unstored, H);
    for (Index a = 0; a < k; ++a) {
      for (Index b = 0; b < a; ++b) G(a, b) = G(b, a);
    }
    if (product == nullptr || row.size() == 0) return;
    for (Index a = 0; a < k; ++a) G(a, a) += kRidge * of_all(a, a);
  }

  /// Upper triangle of G += Σ (w - ω) h hᵀ, and c += Σ w x h.
  template <class Real>
  void add_entries(const EntryRow<Real>& row, double unstored, TallView<const Real> H) {
    space_.resize(2 * row.size() * static_cast<std::size_t>(H.width));
    scales_.clear();
    gains_.clear();
    for (std::size_t e = 0; e < row.size(); ++e) {
      const double weight = row.weight(e);
      scales_.push_back(weight - unstored);
      gains_.push_back(weight * static_cast<double>(row.values[e]));
    }
    kernels::add_equations(H.data, H.stride, H.width, row.columns.data(),
                           static_cast<Index>(row.size()), scales_.data(), gains_.data(),
                           space_.data(), G.data(), c.data());
  }

  /// Takes number `at` of the row as one that stays 1.
  void fix_at_one(Index at) {
    for (Index a = 0; a < G.size(); ++a) c[static_cast<std::size_t>(a)] -= G(a, at);
  }

  /// Leaves number `at` out of the others' equations as whatever suits them best.
  void eliminate(Index at) {
    const double own = G(at, at);
    if (!(own > 0)) return;
    for (Index a = 0; a < G.size(); ++a) {
      const double share = G(a, at) / own;
      if (a == at || share == 0) continue;
      for (Index b = 0; b < G.size(); ++b) {
        if (b != at) G(a, b) -= share * G(at, b);
      }
      c[static_cast<std::size_t>(a)] -= share * c[static_cast<std::size_t>(at)];
    }
  }

  /// What that number then is.
  template <class Real>
  [[nodiscard]] double eliminated(Index at, const Real* w, Index components) const {
    double right = c[static_cast<std::size_t>(at)];
    for (Index a = 0; a < components; ++a) right -= G(at, a) * static_cast<double>(w[a]);
    return G(at, at) > 0 ? right / G(at, at) : 0.0;
  }

 private:
  AlignedVector<double> space_;  ///< rows of H that belong to the entries, and their multiples
  std::vector<double> scales_;
  std::vector<double> gains_;
};

template <class Real>
class RowGramRule final : public PanelRule<Real> {
 public:
  RowGramRule(std::unique_ptr<RowRule<Real>> rule, const EntryPenalty& penalty)
      : rule_(std::move(rule)), penalty_(penalty) {}

  void update(TallView<Real> W, const EntryPanel<Real>& X, TallView<const Real> H,
              const GramMatrix& G) const override {
    RowEquations equations(W.width);
    GramMatrix of_components(penalty_.components(W.width));
    std::vector<Real> right_side(static_cast<std::size_t>(of_components.size()));
    FilledRow<Real> filled;
    for (Index i = 0; i < W.rows; ++i) {
      const EntryRow<Real> stored = X.row(i);
      Real* const w = W.row(i);
      if (X.unstored == 0 && EntryPenalty::known_entries(stored) == 0) {
        penalty_.prefer(w, W.width);
        continue;
      }
      const Real* const product = X.products == nullptr ? nullptr : X.products + i * W.width;
      if (product == nullptr) {
        filled.take(stored, H.rows, X.unstored);
      } else {
        filled.keep(stored, X.unstored);
      }
      equations.form(filled.row(), filled.unstored(), H, G, product);
      add_penalty(penalty_.pull_of(stored), equations);
      const GramMatrix& of_row = take_components(equations, of_components, right_side);
      const Index k = of_row.size();
      rule_->update({w, 1, k, W.stride}, {right_side.data(), 1, k, k}, of_row);
      if (penalty_.bias) {
        const Index own = penalty_.bias->own;
        w[own] = static_cast<Real>(equations.eliminated(own, w, of_components.size()));
      }
    }
  }

 private:
  /// All but the plain penalty, which the row rule knows.
  void add_penalty(double pull, RowEquations& equations) const {
    for (Index a = 0; a < penalty_.components(equations.G.size()); ++a) {
      equations.G(a, a) += pull;
      equations.c[static_cast<std::size_t>(a)] += pull * penalty_.centre;
    }
    if (!penalty_.bias) return;
    equations.G(penalty_.bias->own, penalty_.bias->own) += penalty_.bias->damping;
    equations.fix_at_one(penalty_.bias->one);
    equations.eliminate(penalty_.bias->own);
  }

  /// The equations of the components alone: in `G`, or as they are.
  static const GramMatrix& take_components(const RowEquations& equations, GramMatrix& G,
                                           std::vector<Real>& right_side) {
    for (std::size_t a = 0; a < right_side.size(); ++a) {
      right_side[a] = static_cast<Real>(equations.c[a]);
    }
    if (G.size() == equations.G.size()) return equations.G;
    for (Index a = 0; a < G.size(); ++a) {
      for (Index b = 0; b < G.size(); ++b) G(a, b) = equations.G(a, b);
    }
    return G;
  }

  std::unique_ptr<RowRule<Real>> rule_;
  EntryPenalty penalty_;
};

}  // namespace

template <class Real>
std::unique_ptr<PanelRule<Real>> make_row_gram_rule(std::unique_ptr<RowRule<Real>> rule,
                                                    const EntryPenalty& penalty) {
  return std::make_unique<RowGramRule<Real>>(std::move(rule), penalty);
}

namespace {

/// w G wᵀ.
template <class Real>
double squared_norm_by(const GramMatrix& G, const Real* w) {
  double sum = 0;
  for (Index a = 0; a < G.size(); ++a) {
    double row = 0;
    for (Index b = 0; b < G.size(); ++b) row += G(a, b) * static_cast<double>(w[b]);
    sum += static_cast<double>(w[a]) * row;
  }
  return sum;
}

/// The loss less the squared norm of the rows: what is not listed counts once.
template <class Real>
double loss_by_products(TallView<const Real> W, const EntryPanel<Real>& X, TallView<const Real> H,
                        const GramMatrix& G) {
  const Index k = W.width;
  double loss = 0;
  for (Index i = 0; i < W.rows; ++i) {
    const EntryRow<Real> row = X.row(i);
    const double left_out = kernels::sum_of_squared_products(
        H.data, H.stride, k, row.columns.data(), static_cast<Index>(row.size()), W.row(i));
    loss += squared_norm_by(G, W.row(i)) - left_out -
            2 * kernels::dot(X.products + i * k, W.row(i), 1, k, k, k);
  }
  return loss;
}

}  // namespace

template <class Real>
double entry_loss(TallView<const Real> W, const EntryPanel<Real>& X, TallView<const Real> H,
                  const GramMatrix& G) {
  if (X.products != nullptr) return loss_by_products(W, X, H, G);
  const Index k = W.width;
  double loss = 0;
  FilledRow<Real> filled;
  for (Index i = 0; i < W.rows; ++i) {
    filled.take(X.row(i), H.rows, X.unstored);
    const EntryRow<Real>& row = filled.row();
    const Real* const w = W.row(i);
    double stored = 0;
    for (std::size_t e = 0; e < row.size(); ++e) {
      const double model = kernels::dot(w, H.row(row.columns[e]), 1, k, k, k);
      const double residual = static_cast<double>(row.values[e]) - model;
      loss += row.weight(e) * residual * residual;
      stored += model * model;
    }
    if (filled.unstored() == 0) continue;
    const double outside = squared_norm_by(G, w) - stored;
    loss += filled.unstored() * (outside < 0 ? 0.0 : outside);  // not std::max: NaN stays NaN
  }
  return loss;
}

#define PARTITA_INSTANTIATE(Real)                                                                 \
  template std::unique_ptr<PanelRule<Real>> make_row_gram_rule(std::unique_ptr<RowRule<Real>>,    \
                                                               const EntryPenalty&);              \
  template double entry_loss(TallView<const Real>, const EntryPanel<Real>&, TallView<const Real>, \
                             const GramMatrix&);
PARTITA_INSTANTIATE(double)
PARTITA_INSTANTIATE(float)
#undef PARTITA_INSTANTIATE

}  // namespace partita
