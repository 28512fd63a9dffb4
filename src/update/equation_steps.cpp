// One pass over equations in a drawn order, each of which moves one row of both factors.
#include "update/equation_steps.hpp"

#include "data/kernels/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "update/equation_steps.cpp"
#include <hwy/foreach_target.h>
// Highway's own headers come after foreach_target.h.
#include "data/kernels/vectors-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace partita::kernels::HWY_NAMESPACE {
namespace {

/// Equations between the one that is taken and the one whose rows are fetched.
constexpr Index kAhead = 4;

/// Walks through 0 .. count in the drawn order.
class Walk {
 public:
  Walk(EquationOrder order, Index count, Index skipped)
      : at_((order.first + skipped * order.stride) % count), stride_(order.stride), count_(count) {}
  HWY_INLINE Index next() {
    const Index now = at_;
    at_ += stride_;
    if (at_ >= count_) at_ -= count_;
    return now;
  }

 private:
  Index at_, stride_, count_;
};

template <typename Real>
HWY_INLINE void fetch(const Real* row, Index width) {
  for (Index l = 0; l < width; l += kStepWidth<Real>) hwy::Prefetch(row + l);
}

/// The limits of one factor's rows and what its penalty takes off one row.
template <bool kPenalised, typename Real>
class Mover {
 public:
  Mover(const RowLimits<Real>& limits, LineShare<Real> share, Real step)
      : limits_(limits), each_(step * share.each), root_(step * share.root) {}

  /// Components l .. of the row, moved and brought back.
  template <class D>
  HWY_INLINE hn::Vec<D> moved(D d, hn::Vec<D> w, hn::Vec<D> by, Index l) const {
    auto next = hn::Add(w, by);
    if constexpr (kPenalised) {
      const auto each = hn::Set(d, each_);
      const auto root = hn::Set(d, root_);
      const auto decay =
          hn::MulAdd(each, at(d, limits_.l2, l), hn::Mul(root, at(d, limits_.pull, l)));
      next = hn::NegMulAdd(hn::Min(decay, hn::Set(d, Real{1})), w, next);
      next = hn::MulAdd(root, at(d, limits_.pull_towards, l), next);
      next = hn::NegMulAdd(each, at(d, limits_.l1, l), next);
    }
    return hn::Min(hn::Max(next, at(d, limits_.least, l)), at(d, limits_.most, l));
  }

 private:
  template <class D>
  HWY_INLINE static hn::Vec<D> at(D d, const AlignedVector<Real>& values, Index l) {
    return hn::Load(d, values.data() + l);
  }

  const RowLimits<Real>& limits_;
  Real each_, root_;
};

template <bool kPenalised, typename Real>
HWY_INLINE void take(const Equation<Real>& equation, Real step, const StepRows<Real>& A,
                     const StepRows<Real>& S, Index width) {
  const hn::CappedTag<Real, kLine<Real>> d;
  Real* HWY_RESTRICT a = A.data + equation.row * width;
  Real* HWY_RESTRICT s = S.data + equation.column * width;
  auto product = hn::Zero(d);
  auto squares = hn::Zero(d);
  for (Index l = 0; l < width; l += lanes_of(d)) {
    const auto va = hn::Load(d, a + l);
    const auto vs = hn::Load(d, s + l);
    product = hn::MulAdd(va, vs, product);
    squares = hn::MulAdd(va, va, hn::MulAdd(vs, vs, squares));
  }
  const Real length = step * equation.weight;
  const Real residual = equation.value - hn::GetLane(hn::SumOfLanes(d, product));
  const Real norms = hn::GetLane(hn::SumOfLanes(d, squares));
  const auto by = hn::Set(d, length * residual / (1 + length * norms));
  const LineShare<Real> none;
  const Mover<kPenalised, Real> of_a(*A.limits, kPenalised ? A.shares[equation.row] : none, step);
  const Mover<kPenalised, Real> of_s(*S.limits, kPenalised ? S.shares[equation.column] : none,
                                     step);
  for (Index l = 0; l < width; l += lanes_of(d)) {
    const auto va = hn::Load(d, a + l);
    const auto vs = hn::Load(d, s + l);
    hn::Store(of_a.moved(d, va, hn::Mul(by, vs), l), d, a + l);
    hn::Store(of_s.moved(d, vs, hn::Mul(by, va), l), d, s + l);
  }
}

template <bool kPenalised, typename Real>
void take_all(std::span<const Equation<Real>> equations, EquationOrder order, Real step,
              const StepRows<Real>& A, const StepRows<Real>& S, Index width) {
  const auto count = static_cast<Index>(equations.size());
  if (count == 0) return;
  Walk now(order, count, 0);
  Walk ahead(order, count, kAhead);
  for (Index e = 0; e < count; ++e) {
    const Equation<Real>& later = equations[static_cast<size_t>(ahead.next())];
    fetch(A.data + later.row * width, width);
    fetch(S.data + later.column * width, width);
    take<kPenalised>(equations[static_cast<size_t>(now.next())], step, A, S, width);
  }
}

template <typename Real>
void take_either(std::span<const Equation<Real>> equations, EquationOrder order, Real step,
                 const StepRows<Real>& A, const StepRows<Real>& S, Index width, bool penalised) {
  if (penalised) {
    take_all<true>(equations, order, step, A, S, width);
  } else {
    take_all<false>(equations, order, step, A, S, width);
  }
}

}  // namespace

void take_equations_double(std::span<const Equation<double>> equations, EquationOrder order,
                           double step, const StepRows<double>& A, const StepRows<double>& S,
                           Index width, bool penalised) {
  take_either(equations, order, step, A, S, width, penalised);
}
void take_equations_float(std::span<const Equation<float>> equations, EquationOrder order,
                          float step, const StepRows<float>& A, const StepRows<float>& S,
                          Index width, bool penalised) {
  take_either(equations, order, step, A, S, width, penalised);
}

}  // namespace partita::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace partita::kernels {
HWY_EXPORT(take_equations_double);
HWY_EXPORT(take_equations_float);
}  // namespace partita::kernels

namespace partita {

template <>
void take_equations(std::span<const Equation<double>> equations, EquationOrder order, double step,
                    StepRows<double> A, StepRows<double> S, Index width, bool penalised) {
  using namespace kernels;
  HWY_DYNAMIC_DISPATCH(take_equations_double)(equations, order, step, A, S, width, penalised);
}
template <>
void take_equations(std::span<const Equation<float>> equations, EquationOrder order, float step,
                    StepRows<float> A, StepRows<float> S, Index width, bool penalised) {
  using namespace kernels;
  HWY_DYNAMIC_DISPATCH(take_equations_float)(equations, order, step, A, S, width, penalised);
}

}  // namespace partita
#endif  // HWY_ONCE
