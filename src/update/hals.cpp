// Accelerated HALS, vectorised across rows: a tile of rows is transposed into cache, takes all its
// sweeps there, and is written back once.
#include "partita/update/hals.hpp"

#include <algorithm>
#include <new>

#include "data/kernels/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "update/hals.cpp"
#include <hwy/foreach_target.h>
// Highway's own headers come after foreach_target.h.
#include <hwy/aligned_allocator.h>

#include "update/transpose-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace partita::kernels::HWY_NAMESPACE {
namespace {

/// Vectors of rows in a tile, and components whose gradients are summed together. Each product
/// kComponents x vectors is one register tile. kComponents decides the order of rounding, so it is
/// the same for all tiles, full or not.
constexpr int kTileVectors = kManyRegisters ? 4 : 2;
constexpr int kComponents = 4;

/// The problem as the sweeps see it, in Real: l2 is inside the diagonal of G, l1 inside c.
template <typename Real>
struct Problem {
  Index k;
  int max_sweeps;
  Real delta_squared;
  Real l1;
  hwy::AlignedFreeUniquePtr<Real[]> G;        ///< k x k, with l2 on the diagonal
  hwy::AlignedFreeUniquePtr<Real[]> inverse;  ///< 1 / (G_jj + l2), 0 for a dead component
};

template <typename Real>
hwy::AlignedFreeUniquePtr<Real[]> scratch(Index count) {
  auto memory = hwy::AllocateAligned<Real>(static_cast<size_t>(std::max<Index>(count, 1)));
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

template <typename Real>
Problem<Real> make_problem(const double* G, Index k, const HalsOptions& options) {
  Problem<Real> p{k,
                  options.max_sweeps,
                  static_cast<Real>(options.delta * options.delta),
                  static_cast<Real>(options.l1),
                  scratch<Real>(k * k),
                  scratch<Real>(k)};
  double trace = 0;
  for (Index j = 0; j < k; ++j) trace += G[j * k + j];
  const double dead = 1e-14 * trace / static_cast<double>(k);
  for (Index i = 0; i < k * k; ++i) p.G[static_cast<size_t>(i)] = static_cast<Real>(G[i]);
  for (Index j = 0; j < k; ++j) {
    const double diagonal = G[j * k + j];
    p.G[static_cast<size_t>(j * k + j)] = static_cast<Real>(diagonal + options.l2);
    p.inverse[static_cast<size_t>(j)] =
        diagonal > dead ? static_cast<Real>(1 / (diagonal + options.l2)) : Real(0);
  }
  return p;
}

/// Rows of one tile across vectors: w[j] and c[j] are U vectors of rows each.
template <typename Real>
struct Tile {
  Real* w;
  Real* c;
};

template <class D, int U>
struct Lanes {
  hn::Vec<D> moved[U];   ///< |change|^2 of each row in this sweep
  hn::Vec<D> active[U];  ///< rows still sweeping, as a vector mask
};

/// Components j .. j + B: their gradients against all current w, then one after the other, each
/// step carried over to the gradients of those that follow.
template <int B, int U, bool kFirst, typename Real, class D>
HWY_INLINE void update_components(const Problem<Real>& p, Tile<Real> tile, Index j,
                                  Lanes<D, U>& rows) {
  const D d;
  constexpr Index kStep = U * lanes_of(D());
  hn::Vec<D> gradient[B][U];
  PARTITA_UNROLL for (int b = 0; b < B; ++b) {
    PARTITA_UNROLL for (int u = 0; u < U; ++u) {
      gradient[b][u] = hn::Load(d, tile.c + (j + b) * kStep + u * lanes_of(d));
    }
  }
  const Real* HWY_RESTRICT w = tile.w;
  const Real* HWY_RESTRICT g = p.G.get() + j;
  for (Index l = 0; l < p.k; ++l, w += kStep, g += p.k) {
    hn::Vec<D> other[U];
    PARTITA_UNROLL for (int u = 0; u < U; ++u) other[u] = hn::Load(d, w + u * lanes_of(d));
    PARTITA_UNROLL for (int b = 0; b < B; ++b) {
      const auto scale = hn::Set(d, g[b]);
      PARTITA_UNROLL for (int u = 0; u < U; ++u) {
        gradient[b][u] = hn::NegMulAdd(scale, other[u], gradient[b][u]);
      }
    }
  }
  PARTITA_UNROLL for (int b = 0; b < B; ++b) {
    const auto inverse = hn::Set(d, p.inverse[static_cast<size_t>(j + b)]);
    const Real* HWY_RESTRICT coupling = p.G.get() + (j + b) * p.k + j;
    PARTITA_UNROLL for (int u = 0; u < U; ++u) {
      Real* HWY_RESTRICT mine = tile.w + (j + b) * kStep + u * lanes_of(d);
      const auto old = hn::Load(d, mine);
      const auto improved = hn::Max(hn::Zero(d), hn::MulAdd(gradient[b][u], inverse, old));
      auto change = hn::Sub(improved, old);
      if constexpr (!kFirst) change = hn::And(change, rows.active[u]);
      hn::Store(kFirst ? improved : hn::Add(old, change), d, mine);
      rows.moved[u] = hn::MulAdd(change, change, rows.moved[u]);
      PARTITA_UNROLL for (int after = b + 1; after < B; ++after) {
        gradient[after][u] = hn::NegMulAdd(hn::Set(d, coupling[after]), change, gradient[after][u]);
      }
    }
  }
}

template <int U, bool kFirst, typename Real, class D>
HWY_INLINE void sweep(const Problem<Real>& p, Tile<Real> tile, Lanes<D, U>& rows) {
  PARTITA_UNROLL for (int u = 0; u < U; ++u) rows.moved[u] = hn::Zero(D());
  Index j = 0;
  for (; j + kComponents <= p.k; j += kComponents) {
    update_components<kComponents, U, kFirst>(p, tile, j, rows);
  }
  switch (p.k - j) {
    case 3:
      update_components<3, U, kFirst>(p, tile, j, rows);
      break;
    case 2:
      update_components<2, U, kFirst>(p, tile, j, rows);
      break;
    case 1:
      update_components<1, U, kFirst>(p, tile, j, rows);
      break;
    default:
      break;
  }
}

/// All sweeps of one tile of U vectors.
template <int U, typename Real>
HWY_INLINE void solve_tile(const Problem<Real>& p, Tile<Real> tile) {
  using D = hn::ScalableTag<Real>;
  const D d;
  constexpr Index kStep = U * lanes_of(D());
  for (Index i = 0; i < p.k * kStep; i += lanes_of(d)) {
    hn::Store(hn::Max(hn::Zero(d), hn::Load(d, tile.w + i)), d, tile.w + i);
    hn::Store(hn::Sub(hn::Load(d, tile.c + i), hn::Set(d, p.l1)), d, tile.c + i);
  }
  if (p.max_sweeps < 1) return;
  Lanes<D, U> rows;
  sweep<U, true>(p, tile, rows);
  hn::Vec<D> least[U];
  PARTITA_UNROLL for (int u = 0; u < U; ++u) {
    least[u] = hn::Mul(hn::Set(d, p.delta_squared), rows.moved[u]);
  }
  for (int count = 1; count < p.max_sweeps; ++count) {
    auto any = hn::Zero(d);
    PARTITA_UNROLL for (int u = 0; u < U; ++u) {
      const auto moving =
          hn::And(hn::Ge(rows.moved[u], least[u]), hn::Gt(rows.moved[u], hn::Zero(d)));
      rows.active[u] = hn::VecFromMask(d, moving);
      any = hn::Or(any, rows.active[u]);
    }
    if (hn::AllFalse(d, hn::MaskFromVec(any))) return;
    sweep<U, false>(p, tile, rows);
  }
}

/// A tile of U full vectors of rows, in place.
template <int U, typename Real>
HWY_NOINLINE void update_tile(const Problem<Real>& p, Tile<Real> tile, Real* W, Index stride_w,
                              const Real* C, Index stride_c) {
  constexpr Index kLanes = lanes_of(hn::ScalableTag<Real>());
  for (Index u = 0; u < U; ++u) {
    load_rows(W + u * kLanes * stride_w, stride_w, p.k, tile.w + u * kLanes, U * kLanes);
    load_rows(C + u * kLanes * stride_c, stride_c, p.k, tile.c + u * kLanes, U * kLanes);
  }
  solve_tile<U>(p, tile);
  for (Index u = 0; u < U; ++u) {
    store_rows(tile.w + u * kLanes, U * kLanes, p.k, W + u * kLanes * stride_w, stride_w);
  }
}

/// Tiles of U vectors while they fit, then of fewer. @return rows done.
template <int U, typename Real>
Index update_tiles(const Problem<Real>& p, Tile<Real> tile, Real* W, Index stride_w, const Real* C,
                   Index stride_c, Index rows) {
  constexpr Index kRows = U * lanes_of(hn::ScalableTag<Real>());
  Index i = 0;
  for (; i + kRows <= rows; i += kRows) {
    update_tile<U>(p, tile, W + i * stride_w, stride_w, C + i * stride_c, stride_c);
  }
  if constexpr (U > 1) {
    i += update_tiles<U - 1>(p, tile, W + i * stride_w, stride_w, C + i * stride_c, stride_c,
                             rows - i);
  }
  return i;
}

/// Fewer rows than one vector holds, by way of a copy filled up with zero rows.
template <typename Real>
void update_rest(const Problem<Real>& p, Tile<Real> tile, Real* W, Index stride_w, const Real* C,
                 Index stride_c, Index rows) {
  constexpr Index kLanes = lanes_of(hn::ScalableTag<Real>());
  const auto copy = scratch<Real>(2 * kLanes * p.k);
  std::fill_n(copy.get(), 2 * kLanes * p.k, Real(0));
  Real* w = copy.get();
  Real* c = w + kLanes * p.k;
  for (Index i = 0; i < rows; ++i) {
    std::copy_n(W + i * stride_w, p.k, w + i * p.k);
    std::copy_n(C + i * stride_c, p.k, c + i * p.k);
  }
  update_tile<1>(p, tile, w, p.k, c, p.k);
  for (Index i = 0; i < rows; ++i) std::copy_n(w + i * p.k, p.k, W + i * stride_w);
}

template <typename Real>
void hals(Real* W, Index stride_w, const Real* C, Index stride_c, Index rows, Index k,
          const double* G, const HalsOptions& options) {
  if (rows == 0 || k == 0) return;
  const Problem<Real> p = make_problem<Real>(G, k, options);
  const Index half = k * kTileVectors * lanes_of(hn::ScalableTag<Real>());
  const auto memory = scratch<Real>(2 * half);
  const Tile<Real> tile{memory.get(), memory.get() + half};
  const Index done = update_tiles<kTileVectors>(p, tile, W, stride_w, C, stride_c, rows);
  if (done < rows) {
    update_rest(p, tile, W + done * stride_w, stride_w, C + done * stride_c, stride_c, rows - done);
  }
}

}  // namespace

void hals_double(double* W, Index stride_w, const double* C, Index stride_c, Index rows, Index k,
                 const double* G, const HalsOptions& options) {
  hals(W, stride_w, C, stride_c, rows, k, G, options);
}
void hals_float(float* W, Index stride_w, const float* C, Index stride_c, Index rows, Index k,
                const double* G, const HalsOptions& options) {
  hals(W, stride_w, C, stride_c, rows, k, G, options);
}

}  // namespace partita::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace partita::kernels {
HWY_EXPORT(hals_double);
HWY_EXPORT(hals_float);
}  // namespace partita::kernels

namespace partita {

template <>
void hals_rows(double* W, Index stride_w, const double* C, Index stride_c, Index rows, Index k,
               const double* G, const HalsOptions& options) {
  using namespace kernels;
  HWY_DYNAMIC_DISPATCH(hals_double)(W, stride_w, C, stride_c, rows, k, G, options);
}
template <>
void hals_rows(float* W, Index stride_w, const float* C, Index stride_c, Index rows, Index k,
               const double* G, const HalsOptions& options) {
  using namespace kernels;
  HWY_DYNAMIC_DISPATCH(hals_float)(W, stride_w, C, stride_c, rows, k, G, options);
}

}  // namespace partita
#endif  // HWY_ONCE
