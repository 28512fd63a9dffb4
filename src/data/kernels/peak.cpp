// What a core can do at most: fused multiply-adds that never leave the registers.
#include "data/kernels/peak.hpp"

#include "data/kernels/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "data/kernels/peak.cpp"
#include <hwy/foreach_target.h>
// Highway's own headers come after foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace partita::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// Enough independent chains to cover the latency of two units on every core so far.
constexpr int kChains = 12;

template <typename Real>
double run_chains(Index steps, Real* value) {
  const hn::ScalableTag<Real> d;
  hn::Vec<decltype(d)> sum[kChains];
  for (int c = 0; c < kChains; ++c) sum[c] = hn::Set(d, static_cast<Real>(c));
  const auto a = hn::Set(d, *value);
  const auto b = hn::Set(d, static_cast<Real>(0.5));
  for (Index s = 0; s < steps; ++s) {
    for (int c = 0; c < kChains; ++c) sum[c] = hn::MulAdd(sum[c], b, a);
  }
  for (int c = 1; c < kChains; ++c) sum[0] = hn::Add(sum[0], sum[c]);
  *value = hn::GetLane(sum[0]);
  return 2.0 * static_cast<double>(steps) * kChains * static_cast<double>(hn::Lanes(d));
}

}  // namespace

#define PARTITA_KERNELS(Real)                      \
  double chains_##Real(Index steps, Real* value) { \
    return run_chains(steps, value);               \
  }
PARTITA_FOR_REALS(PARTITA_KERNELS)
#undef PARTITA_KERNELS

}  // namespace partita::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace partita::kernels {

#define PARTITA_DISPATCH(Real)                                \
  HWY_EXPORT(chains_##Real);                                  \
  template <>                                                 \
  double multiply_add_chains(Index steps, Real* value) {      \
    return HWY_DYNAMIC_DISPATCH(chains_##Real)(steps, value); \
  }
PARTITA_FOR_REALS(PARTITA_DISPATCH)
#undef PARTITA_DISPATCH

}  // namespace partita::kernels
#endif  // HWY_ONCE
