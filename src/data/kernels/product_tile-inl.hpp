// The register tile behind all dense products: out(p, :) += sum over s of x(p, s) in(s, :), with
// positions p and steps s running over the rows and columns of x or the other way round. x is used
// where it lies: packing it, as a general BLAS does, costs as much as a product with a skinny
// factor.
#include <algorithm>

#include "data/kernels/vectors-inl.hpp"

#if defined(PARTITA_DATA_KERNELS_PRODUCT_TILE_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef PARTITA_DATA_KERNELS_PRODUCT_TILE_INL_HPP
#undef PARTITA_DATA_KERNELS_PRODUCT_TILE_INL_HPP
#else
#define PARTITA_DATA_KERNELS_PRODUCT_TILE_INL_HPP
#endif

HWY_BEFORE_NAMESPACE();
namespace partita::kernels::HWY_NAMESPACE {

/// Widest run of vectors kept in registers, and the positions a register tile of V vectors holds:
/// as many sums as the register file takes next to one row of the factor and one broadcast.
constexpr int kMaxVectors = kManyRegisters ? 4 : 3;
constexpr int tile_positions(int V) {
  if (kManyRegisters) return V == 1 ? 16 : V == 2 ? 12 : V == 3 ? 8 : 6;
  return V == 1 ? 8 : V == 2 ? 6 : 4;
}

/// Positions that share one cached slice of X while the tiles of vectors pass over it: a multiple
/// of every tile_positions().
constexpr Index kChunk = 48;

/// How many tiles ahead a walk across the rows of x calls them into cache.
constexpr int kTilesAhead = 5;

/// Calls the line at p into the L2 cache: what is far ahead would drive the present out of L1.
template <typename Real>
HWY_INLINE void prefetch_far(const Real* p) {
#if HWY_COMPILER_GCC || HWY_COMPILER_CLANG
  __builtin_prefetch(p, 0, 2);
#else
  hwy::Prefetch(p);
#endif
}

/// Where one product lies in memory, from some position and step on.
template <typename Real>
struct Operands {
  const Real* x;
  Index x_stride;  ///< leading dimension of x, whichever way it is walked
  const Real* factor;
  Index factor_stride;
  Real* out;
  Index out_stride;
};

/// One register tile: R positions x V vectors summed over all steps.
/// kTransposed: positions are columns of x, else rows.
template <int V, int R, bool kPartial, bool kTransposed, typename Real>
HWY_INLINE void product_tile(const Operands<Real>& o, Index steps, Index last, bool overwrite) {
  const hn::ScalableTag<Real> d;
  const Index position_stride = kTransposed ? 1 : o.x_stride;
  const Index step_stride = kTransposed ? o.x_stride : 1;
  hn::Vec<decltype(d)> sum[R][V];
  PARTITA_UNROLL for (int r = 0; r < R; ++r) {
    PARTITA_UNROLL for (int v = 0; v < V; ++v) sum[r][v] = hn::Zero(d);
  }
  // The sums so far, of which the rows are apart, are there when they are wanted.
  if (!overwrite) {
    for (int r = 0; r < R; ++r) {
      for (int v = 0; v < V; ++v) hwy::Prefetch(o.out + r * o.out_stride + v * lanes_of(d));
    }
  }
  const Real* HWY_RESTRICT x = o.x;
  const Real* HWY_RESTRICT factor = o.factor;
  for (Index s = 0; s < steps; ++s, x += step_stride, factor += o.factor_stride) {
    hn::Vec<decltype(d)> row[V];
    load_row<V, kPartial>(d, factor, last, row);
    // The hardware does not prefetch across pages: each step of a walk across the rows is on
    // another, and so is each row of the next tile of a walk along them.
    if constexpr (kTransposed) {
      for (int r = 0; r < R; r += kLine<Real>) hwy::Prefetch(x + kTilesAhead * R + r);
    } else {
      const Index next_row = R + s % kLine<Real>;
      for (int r = 0; r < R; r += kLine<Real>) prefetch_far(x + (next_row + r) * o.x_stride);
    }
    PARTITA_UNROLL for (int r = 0; r < R; ++r) {
      const auto scale = hn::Set(d, x[r * position_stride]);
      PARTITA_UNROLL for (int v = 0; v < V; ++v) {
        sum[r][v] = hn::MulAdd(scale, row[v], sum[r][v]);
      }
    }
  }
  PARTITA_UNROLL for (int r = 0; r < R; ++r) {
    Real* out = o.out + r * o.out_stride;
    if (!overwrite) {
      hn::Vec<decltype(d)> old[V];
      load_row<V, kPartial>(d, out, last, old);
      PARTITA_UNROLL for (int v = 0; v < V; ++v) sum[r][v] = hn::Add(old[v], sum[r][v]);
    }
    store_row<V, kPartial>(d, sum[r], out, last);
  }
}

/// Tiles of R positions, then ever smaller ones for what is left.
template <int V, int R, bool kPartial, bool kTransposed, typename Real>
HWY_INLINE void product_strip(Operands<Real> o, Index positions, Index steps, Index last,
                              bool overwrite) {
  for (; positions >= R; positions -= R) {
    product_tile<V, R, kPartial, kTransposed>(o, steps, last, overwrite);
    o.x += R * (kTransposed ? 1 : o.x_stride);
    o.out += R * o.out_stride;
  }
  if constexpr (R > 1) {
    product_strip<V, R / 2, kPartial, kTransposed>(o, positions, steps, last, overwrite);
  }
}

/// All positions of one run of vectors.
template <bool kTransposed, int V, bool kPartial, typename Real>
HWY_NOINLINE void product_run(Run<V, kPartial> /*run*/, const Operands<Real>& o, Index positions,
                              Index steps, Index last, bool overwrite) {
  product_strip<V, tile_positions(V), kPartial, kTransposed>(o, positions, steps, last, overwrite);
}

/// Calls walk(run, operands of the run, its offset, values in its last vector) for every run of
/// vectors of a product of that width.
template <typename Real, class Walk>
void for_each_run_of(const Operands<Real>& o, Index width, const Walk& walk) {
  const hn::ScalableTag<Real> d;
  for_each_run<kMaxVectors>(d, width, [&](auto run, Index offset, Index last) {
    Operands<Real> part = o;
    part.factor += offset;
    part.out += offset;
    walk(run, part, offset, last);
  });
}

}  // namespace partita::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
