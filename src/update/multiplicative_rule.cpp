#include <algorithm>
#include <limits>
#include <vector>

#include "update/rules.hpp"

namespace partita {

namespace {

template <class Real>
class MultiplicativeRule final : public RowRule<Real> {
 public:
  explicit MultiplicativeRule(FactorPenalty penalty) : penalty_(penalty) {}

  void update(TallWindow<Real> W, TallView<Real> C, const GramMatrix& G) const override {
    std::vector<double> model(static_cast<std::size_t>(W.width));
    for (Index i = 0; i < W.rows; ++i) update_row(W.row(i), C.data + i * C.stride, G, model);
  }

 private:
  void update_row(Real* w, const Real* c, const GramMatrix& G, std::vector<double>& model) const {
    const Index k = G.size();
    std::ranges::fill(model, 0.0);
    for (Index l = 0; l < k; ++l) {
      for (Index j = 0; j < k; ++j) {
        model[static_cast<std::size_t>(j)] += static_cast<double>(w[l]) * G(l, j);
      }
    }
    for (Index j = 0; j < k; ++j) {
      const auto old = static_cast<double>(w[j]);
      // l1 among the costs: a gain less l1 could be negative, and what is zero once stays so
      const double gain = std::max(0.0, static_cast<double>(c[j]));
      const double cost = model[static_cast<std::size_t>(j)] + penalty_.l1 + penalty_.l2 * old;
      w[j] = static_cast<Real>(old * gain / std::max(cost, std::numeric_limits<double>::min()));
    }
  }

  FactorPenalty penalty_;
};

}  // namespace

template <class Real>
std::unique_ptr<RowRule<Real>> make_multiplicative_rule(FactorPenalty penalty) {
  return std::make_unique<MultiplicativeRule<Real>>(penalty);
}

template std::unique_ptr<RowRule<double>> make_multiplicative_rule(FactorPenalty);
template std::unique_ptr<RowRule<float>> make_multiplicative_rule(FactorPenalty);

}  // namespace partita
