// HALS for rows that have a Gram matrix each, vectorised across the components of a row.
#include "partita/data/tall_matrix.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include "data/kernels/targets.hpp"
#include "update/rules.hpp"

#ifndef PARTITA_UPDATE_ROW_DESCENT_PARTS
#define PARTITA_UPDATE_ROW_DESCENT_PARTS
namespace partita::kernels {

/// One row in doubles; all but G are followed by zeros up to a whole vector.
struct DescentParts {
  double* w;
  double* slope;  ///< of the loss and l1, at w
  const double* G;
  Index k;
  double l2;
  double least;  ///< a diagonal entry that is no larger is none
  bool penalised;
  int max_sweeps;
};

}  // namespace partita::kernels
#endif

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "update/row_descent_rule.cpp"
#include <hwy/foreach_target.h>
// Highway's own headers come after foreach_target.h.
#include "data/kernels/vectors-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace partita::kernels::HWY_NAMESPACE {
namespace {

/// The sweeps of a row end when one moves it by less than this times its first.
constexpr double kDelta = 0.1;

/// slope += step G_l.
HWY_INLINE void add_row(double step, const double* HWY_RESTRICT row, Index k,
                        double* HWY_RESTRICT slope) {
  const hn::ScalableTag<double> d;
  const Index lanes = lanes_of(d);
  const auto by = hn::Set(d, step);
  Index j = 0;
  for (; j + lanes <= k; j += lanes) {
    hn::StoreU(hn::MulAdd(by, hn::LoadU(d, row + j), hn::LoadU(d, slope + j)), d, slope + j);
  }
  if (j < k) {
    const auto rest = load_first(d, row + j, k - j);
    hn::StoreU(hn::MulAdd(by, rest, hn::LoadU(d, slope + j)), d, slope + j);
  }
}

/// @return how far the row moved, squared.
HWY_INLINE double sweep_once(const DescentParts& p) {
  double moved = 0;
  for (Index l = 0; l < p.k; ++l) {
    const double* const row = p.G + l * p.k;
    if (!(row[l] > p.least)) {
      if (p.penalised) p.w[l] = 0;
      continue;
    }
    const double down = p.slope[l] + p.l2 * p.w[l];
    const double step = std::max(-p.w[l], -down / (row[l] + p.l2));
    if (step == 0) continue;
    p.w[l] += step;
    moved += step * step;
    add_row(step, row, p.k, p.slope);
  }
  return moved;
}

}  // namespace

Index descent_lanes() {
  return lanes_of(hn::ScalableTag<double>());
}

void descend(const DescentParts& p) {
  for (Index l = 0; l < p.k; ++l) {
    if (p.w[l] != 0) add_row(p.w[l], p.G + l * p.k, p.k, p.slope);
  }
  double first = 0;
  for (int sweep = 0; sweep < p.max_sweeps; ++sweep) {
    const double moved = sweep_once(p);
    if (sweep == 0) first = moved;
    if (!(moved > 0 && moved >= kDelta * kDelta * first)) break;
  }
}

}  // namespace partita::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace partita {

namespace kernels {
HWY_EXPORT(descent_lanes);
HWY_EXPORT(descend);
}  // namespace kernels

namespace {

/// A diagonal entry of G is none below this share of the mean one.
constexpr double kDead = 1e-14;
constexpr Index kUsualSpace = 128;

template <class Real>
class RowDescentRule final : public RowRule<Real> {
 public:
  RowDescentRule(int max_sweeps, FactorPenalty penalty)
      : max_sweeps_(max_sweeps), penalty_(penalty) {}

  void update(TallView<Real> W, TallView<const Real> C, const GramMatrix& G) const override {
    using namespace kernels;
    const Index k = G.size();
    const Index lanes = HWY_DYNAMIC_DISPATCH(descent_lanes)();
    const Index padded = (k + lanes - 1) / lanes * lanes;
    // Rows come one at a time: most find their place without asking for memory.
    std::array<double, kUsualSpace> usual{};
    AlignedVector<double> large(2 * padded > kUsualSpace ? static_cast<std::size_t>(2 * padded)
                                                         : 0);
    double* const w = large.empty() ? usual.data() : large.data();
    double* const slope = w + padded;
    for (Index i = 0; i < W.rows; ++i) {
      std::fill_n(w, 2 * padded, 0.0);
      for (Index l = 0; l < k; ++l) {
        w[l] = std::max(0.0, static_cast<double>(W.row(i)[l]));
        slope[l] = penalty_.l1 - static_cast<double>(C.row(i)[l]);
      }
      HWY_DYNAMIC_DISPATCH(descend)
      ({.w = w,
        .slope = slope,
        .G = G.data(),
        .k = k,
        .l2 = penalty_.l2,
        .least = kDead * G.trace() / static_cast<double>(k),
        .penalised = penalty_.any(),
        .max_sweeps = max_sweeps_});
      std::transform(w, w + k, W.row(i), [](double value) { return static_cast<Real>(value); });
    }
  }

 private:
  int max_sweeps_;
  FactorPenalty penalty_;
};

}  // namespace

template <class Real>
std::unique_ptr<RowRule<Real>> make_row_descent_rule(int max_sweeps, FactorPenalty penalty) {
  return std::make_unique<RowDescentRule<Real>>(max_sweeps, penalty);
}

template std::unique_ptr<RowRule<double>> make_row_descent_rule(int, FactorPenalty);
template std::unique_ptr<RowRule<float>> make_row_descent_rule(int, FactorPenalty);

}  // namespace partita
#endif  // HWY_ONCE
