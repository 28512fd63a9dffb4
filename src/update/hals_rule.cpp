#include "update/hals.hpp"
#include "update/rules.hpp"

namespace partita {

namespace {

template <class Real>
class HalsRule final : public RowRule<Real> {
 public:
  explicit HalsRule(const HalsOptions& options) : options_(options) {}
  void update(TallView<Real> W, TallView<const Real> C, const GramMatrix& G) const override {
    hals_rows(W.data, W.stride, C.data, C.stride, W.rows, W.width, G.data(), options_);
  }

 private:
  HalsOptions options_;
};

}  // namespace

template <class Real>
std::unique_ptr<RowRule<Real>> make_hals_rule(int max_sweeps, FactorPenalty penalty) {
  return std::make_unique<HalsRule<Real>>(
      HalsOptions{.max_sweeps = max_sweeps, .l1 = penalty.l1, .l2 = penalty.l2});
}

template std::unique_ptr<RowRule<double>> make_hals_rule(int, FactorPenalty);
template std::unique_ptr<RowRule<float>> make_hals_rule(int, FactorPenalty);

}  // namespace partita
