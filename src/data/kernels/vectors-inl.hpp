// What every kernel needs besides Highway: unrolled loops, incomplete vectors, register counts.
// Compiled once for each instruction set, hence the toggled guard in place of #pragma once.
#include "partita/base/index.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#if defined(PARTITA_DATA_KERNELS_VECTORS_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef PARTITA_DATA_KERNELS_VECTORS_INL_HPP
#undef PARTITA_DATA_KERNELS_VECTORS_INL_HPP
#else
#define PARTITA_DATA_KERNELS_VECTORS_INL_HPP
#endif

// Loops over an array of vectors must vanish, or the array lives in memory and not in registers.
#ifndef PARTITA_UNROLL
#if defined(__clang__)
#define PARTITA_UNROLL _Pragma("clang loop unroll(full)")
#else
#define PARTITA_UNROLL _Pragma("GCC unroll 32")
#endif
#endif

HWY_BEFORE_NAMESPACE();
namespace partita::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Whether the target has 32 vector registers (else 16), and loads under a mask that never touch
/// the bytes masked out.
#if HWY_TARGET == HWY_AVX3
inline constexpr bool kManyRegisters = true;
inline constexpr bool kMasksAreSafe = true;
#elif HWY_TARGET == HWY_AVX2
inline constexpr bool kManyRegisters = false;
inline constexpr bool kMasksAreSafe = true;
#else
inline constexpr bool kManyRegisters = HWY_TARGET == HWY_NEON;
inline constexpr bool kMasksAreSafe = false;
#endif

/// Values in a cache line.
template <typename Real>
inline constexpr int kLine = 64 / static_cast<int>(sizeof(Real));

template <class D>
constexpr Index lanes_of(D /*d*/) {
  return static_cast<Index>(hn::MaxLanes(D()));
}

/// The first `count` values at p, 0 < count <= lanes, zeros behind; reads no byte beyond them.
template <class D>
HWY_INLINE hn::Vec<D> load_first(D d, const hn::TFromD<D>* p, Index count) {
  if constexpr (kMasksAreSafe) {
    return hn::MaskedLoad(hn::FirstN(d, static_cast<size_t>(count)), d, p);
  } else {
    HWY_ALIGN hn::TFromD<D> buffer[lanes_of(D())] = {};
    std::memcpy(buffer, p, static_cast<size_t>(count) * sizeof(*p));
    return hn::Load(d, buffer);
  }
}

/// Stores the first `count` lanes of v at p and touches nothing behind them.
template <class D>
HWY_INLINE void store_first(D d, hn::Vec<D> v, hn::TFromD<D>* p, Index count) {
  if constexpr (kMasksAreSafe) {
    hn::BlendedStore(v, hn::FirstN(d, static_cast<size_t>(count)), d, p);
  } else {
    HWY_ALIGN hn::TFromD<D> buffer[lanes_of(D())];
    hn::Store(v, d, buffer);
    std::memcpy(p, buffer, static_cast<size_t>(count) * sizeof(*p));
  }
}

/// V vectors from p on; if kPartial, the last holds only `last` values.
template <int V, bool kPartial, class D>
HWY_INLINE void load_row(D d, const hn::TFromD<D>* HWY_RESTRICT p, Index last,
                         hn::Vec<D> (&out)[V]) {
  PARTITA_UNROLL for (int v = 0; v + 1 < V; ++v) out[v] = hn::LoadU(d, p + v * lanes_of(d));
  const hn::TFromD<D>* end = p + (V - 1) * lanes_of(d);
  out[V - 1] = kPartial ? load_first(d, end, last) : hn::LoadU(d, end);
}

template <int V, bool kPartial, class D>
HWY_INLINE void store_row(D d, const hn::Vec<D> (&in)[V], hn::TFromD<D>* HWY_RESTRICT p,
                          Index last) {
  PARTITA_UNROLL for (int v = 0; v + 1 < V; ++v) hn::StoreU(in[v], d, p + v * lanes_of(d));
  hn::TFromD<D>* end = p + (V - 1) * lanes_of(d);
  if (kPartial) {
    store_first(d, in[V - 1], end, last);
  } else {
    hn::StoreU(in[V - 1], d, end);
  }
}

/// Doubles from Real, one vector of them.
template <class D>
HWY_INLINE hn::Vec<D> load_double(D d, const double* p) {
  return hn::LoadU(d, p);
}
template <class D>
HWY_INLINE hn::Vec<D> load_double(D d, const float* p) {
  return hn::PromoteTo(d, hn::LoadU(hn::Rebind<float, D>(), p));
}

/// A run of V vectors, the last of them incomplete if kPartial.
template <int V, bool kPartial>
struct Run {
  static constexpr Index kLength = V;
};

template <int kMax, class F>
void call_with_run(Index vectors, bool partial, const F& f) {
  if (vectors == kMax) return partial ? f(Run<kMax, true>()) : f(Run<kMax, false>());
  if constexpr (kMax > 1) call_with_run<kMax - 1>(vectors, partial, f);
}

/// Cuts a row of `width` values into runs of even length, at most kMax vectors each, and calls
/// f(Run, offset of the run, values in its last vector).
template <int kMax, class D, class F>
void for_each_run(D d, Index width, const F& f) {
  const Index lanes = lanes_of(d);
  Index vectors = (width + lanes - 1) / lanes;
  Index offset = 0;
  for (Index runs = (vectors + kMax - 1) / kMax; runs > 0; --runs) {
    const Index mine = (vectors + runs - 1) / runs;
    const Index last = std::min(width - offset - (mine - 1) * lanes, lanes);
    call_with_run<kMax>(mine, last < lanes, [&](auto run) { f(run, offset, last); });
    vectors -= mine;
    offset += mine * lanes;
  }
}

}  // namespace partita::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
