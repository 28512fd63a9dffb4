// Rows of a tall matrix turned into vectors across rows, and back. Compiled once for each
// instruction set, hence the toggled guard in place of #pragma once.
#include "data/kernels/vectors-inl.hpp"

#if defined(PARTITA_UPDATE_TRANSPOSE_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef PARTITA_UPDATE_TRANSPOSE_INL_HPP
#undef PARTITA_UPDATE_TRANSPOSE_INL_HPP
#else
#define PARTITA_UPDATE_TRANSPOSE_INL_HPP
#endif

HWY_BEFORE_NAMESPACE();
namespace partita::kernels::HWY_NAMESPACE {

/// Components of one row that fill 128 bits: the unit in which rows are moved.
template <typename Real>
inline constexpr Index kBlock = 16 / static_cast<Index>(sizeof(Real));

#if HWY_TARGET == HWY_SCALAR
inline constexpr bool kHasBlocks = false;
#else
inline constexpr bool kHasBlocks = true;

/// A vector of 128-bit blocks, block b from row b.
template <class D>
HWY_INLINE hn::Vec<D> load_blocks(D d, const hn::TFromD<D>* p, Index stride) {
  constexpr Index kRows = lanes_of(D()) / kBlock<hn::TFromD<D>>;
  if constexpr (kRows == 1) {
    return hn::LoadU(d, p);
  } else {
    const hn::Half<D> half;
    return hn::Combine(d, load_blocks(half, p + kRows / 2 * stride, stride),
                       load_blocks(half, p, stride));
  }
}

template <class D>
HWY_INLINE void store_blocks(D d, hn::Vec<D> v, hn::TFromD<D>* p, Index stride) {
  constexpr Index kRows = lanes_of(D()) / kBlock<hn::TFromD<D>>;
  if constexpr (kRows == 1) {
    hn::StoreU(v, d, p);
  } else {
    const hn::Half<D> half;
    store_blocks(half, hn::LowerHalf(half, v), p, stride);
    store_blocks(half, hn::UpperHalf(half, v), p + kRows / 2 * stride, stride);
  }
}

/// Transposes 2 x 2 doubles or 4 x 4 floats in every block; its own inverse.
template <class D>
HWY_INLINE void transpose_blocks(D d, hn::Vec<D> (&v)[2]) {
  const auto lower = hn::InterleaveLower(d, v[0], v[1]);
  v[1] = hn::InterleaveUpper(d, v[0], v[1]);
  v[0] = lower;
}
template <class D>
HWY_INLINE void transpose_blocks(D d, hn::Vec<D> (&v)[4]) {
  const hn::Repartition<double, D> pairs;
  const auto low01 = hn::BitCast(pairs, hn::InterleaveLower(d, v[0], v[1]));
  const auto low23 = hn::BitCast(pairs, hn::InterleaveLower(d, v[2], v[3]));
  const auto high01 = hn::BitCast(pairs, hn::InterleaveUpper(d, v[0], v[1]));
  const auto high23 = hn::BitCast(pairs, hn::InterleaveUpper(d, v[2], v[3]));
  v[0] = hn::BitCast(d, hn::InterleaveLower(pairs, low01, low23));
  v[1] = hn::BitCast(d, hn::InterleaveUpper(pairs, low01, low23));
  v[2] = hn::BitCast(d, hn::InterleaveLower(pairs, high01, high23));
  v[3] = hn::BitCast(d, hn::InterleaveUpper(pairs, high01, high23));
}
#endif

/// Calls f(first component) for blocks that cover k >= kBlock components; the last may overlap the
/// one before, which does no harm as both move the same values.
template <typename Real, class F>
HWY_INLINE void for_each_block(Index k, const F& f) {
  Index j = 0;
  for (; j + kBlock<Real> <= k; j += kBlock<Real>) f(j);
  if (j < k) f(k - kBlock<Real>);
}

/// One vector's worth of rows of W to tile[j * tile_stride], j < k. The order of rows in a vector
/// is some fixed one, the same in store_rows.
template <typename Real>
HWY_INLINE void load_rows(const Real* W, Index stride, Index k, Real* tile, Index tile_stride) {
  const hn::ScalableTag<Real> d;
  if constexpr (kHasBlocks) {
    if (k >= kBlock<Real>) {
      constexpr Index kRows = lanes_of(d) / kBlock<Real>;
      for_each_block<Real>(k, [&](Index j) HWY_ATTR {
        hn::Vec<decltype(d)> v[kBlock<Real>];
        PARTITA_UNROLL for (int b = 0; b < kBlock<Real>; ++b) {
          v[b] = load_blocks(d, W + b * kRows * stride + j, stride);
        }
        transpose_blocks(d, v);
        PARTITA_UNROLL for (int b = 0; b < kBlock<Real>; ++b) {
          hn::Store(v[b], d, tile + (j + b) * tile_stride);
        }
      });
      return;
    }
  }
  for (Index j = 0; j < k; ++j) {
    for (Index i = 0; i < lanes_of(d); ++i) tile[j * tile_stride + i] = W[i * stride + j];
  }
}

/// The inverse of load_rows.
template <typename Real>
HWY_INLINE void store_rows(const Real* tile, Index tile_stride, Index k, Real* W, Index stride) {
  const hn::ScalableTag<Real> d;
  if constexpr (kHasBlocks) {
    if (k >= kBlock<Real>) {
      constexpr Index kRows = lanes_of(d) / kBlock<Real>;
      for_each_block<Real>(k, [&](Index j) HWY_ATTR {
        hn::Vec<decltype(d)> v[kBlock<Real>];
        PARTITA_UNROLL for (int b = 0; b < kBlock<Real>; ++b) {
          v[b] = hn::Load(d, tile + (j + b) * tile_stride);
        }
        transpose_blocks(d, v);
        PARTITA_UNROLL for (int b = 0; b < kBlock<Real>; ++b) {
          store_blocks(d, v[b], W + b * kRows * stride + j, stride);
        }
      });
      return;
    }
  }
  for (Index j = 0; j < k; ++j) {
    for (Index i = 0; i < lanes_of(d); ++i) W[i * stride + j] = tile[j * tile_stride + i];
  }
}

}  // namespace partita::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
