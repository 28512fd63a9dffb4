// Accelerated HALS, vectorised across rows: a tile of rows is transposed into cache, takes all its
// sweeps there, and is written back once. Vectors of rows that are done make room for others.
#include "update/hals.hpp"

#include <algorithm>
#include <initializer_list>
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
  hwy::AlignedFreeUniquePtr<Real[]> inverse;  ///< 1 / (G_jj + l2), 0 for one that stays
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
    const bool moves = diagonal > dead || options.l2 > 0;
    p.inverse[static_cast<size_t>(j)] =
        moves ? static_cast<Real>(1 / (diagonal + options.l2)) : Real(0);
  }
  return p;
}

/// Rows of one tile across vectors: w and c of component j begin at j * kTileVectors vectors.
template <typename Real>
struct Tile {
  Real* w;
  Real* c;
};

template <typename Real>
constexpr Index tile_stride() {
  return kTileVectors * lanes_of(hn::ScalableTag<Real>());
}

/// How far the rows of each vector of a tile are.
template <class D>
struct Progress {
  hn::Vec<D> moved[kTileVectors];   ///< |change|^2 of each row in the last sweep
  hn::Vec<D> least[kTileVectors];   ///< below which a row is done
  hn::Vec<D> active[kTileVectors];  ///< rows still sweeping, as a vector mask
  Index first_row[kTileVectors];
  int sweeps[kTileVectors];
};

/// Components j .. j + B of the first U vectors: their gradients against all current w, then one
/// after the other, each step carried over to the gradients of those that follow.
template <int B, int U, typename Real, class D>
HWY_INLINE void update_components(const Problem<Real>& p, Tile<Real> tile, Index j,
                                  Progress<D>& rows) {
  const D d;
  constexpr Index kStep = tile_stride<Real>();
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
      const auto best = hn::Max(hn::Zero(d), hn::MulAdd(gradient[b][u], inverse, old));
      const auto improved = hn::IfThenElse(hn::MaskFromVec(rows.active[u]), best, old);
      const auto change = hn::Sub(improved, old);
      hn::Store(improved, d, mine);
      rows.moved[u] = hn::MulAdd(change, change, rows.moved[u]);
      PARTITA_UNROLL for (int after = b + 1; after < B; ++after) {
        gradient[after][u] = hn::NegMulAdd(hn::Set(d, coupling[after]), change, gradient[after][u]);
      }
    }
  }
}

template <int U, typename Real, class D>
HWY_NOINLINE void sweep(const Problem<Real>& p, Tile<Real> tile, Progress<D>& rows) {
  PARTITA_UNROLL for (int u = 0; u < U; ++u) rows.moved[u] = hn::Zero(D());
  Index j = 0;
  for (; j + kComponents <= p.k; j += kComponents) {
    update_components<kComponents, U>(p, tile, j, rows);
  }
  switch (p.k - j) {
    case 3:
      update_components<3, U>(p, tile, j, rows);
      break;
    case 2:
      update_components<2, U>(p, tile, j, rows);
      break;
    case 1:
      update_components<1, U>(p, tile, j, rows);
      break;
    default:
      break;
  }
}

/// One sweep of the first `vectors` vectors.
template <int U, typename Real, class D>
HWY_INLINE void sweep_vectors(int vectors, const Problem<Real>& p, Tile<Real> tile,
                              Progress<D>& rows) {
  if (vectors == U) {
    sweep<U>(p, tile, rows);
  } else if constexpr (U > 1) {
    sweep_vectors<U - 1>(vectors, p, tile, rows);
  }
}

/// After a sweep: whether any row of vector u goes on; notes which.
template <typename Real, class D>
HWY_INLINE bool goes_on(const Problem<Real>& p, int u, Progress<D>& rows) {
  const D d;
  if (rows.sweeps[u]++ == 0) {
    rows.least[u] = hn::Mul(hn::Set(d, p.delta_squared), rows.moved[u]);
  }
  if (rows.sweeps[u] >= p.max_sweeps) return false;
  const auto moving =
      hn::And(hn::Ge(rows.moved[u], rows.least[u]), hn::Gt(rows.moved[u], hn::Zero(d)));
  rows.active[u] = hn::VecFromMask(d, moving);
  return !hn::AllFalse(d, moving);
}

/// Rows of W and C, with their leading dimensions.
template <typename Real>
struct Rows {
  Real* W;
  Index stride_w;
  const Real* C;
  Index stride_c;
};

/// The rows from `first` on become vector u of the tile.
template <typename Real, class D>
HWY_INLINE void enter(const Problem<Real>& p, const Rows<Real>& all, Index first, int u,
                      Tile<Real> tile, Progress<D>& rows) {
  const D d;
  constexpr Index kStep = tile_stride<Real>();
  Real* const w = tile.w + u * lanes_of(d);
  Real* const c = tile.c + u * lanes_of(d);
  load_rows(all.W + first * all.stride_w, all.stride_w, p.k, w, kStep);
  load_rows(all.C + first * all.stride_c, all.stride_c, p.k, c, kStep);
  for (Index i = 0; i < p.k * kStep; i += kStep) {
    hn::Store(hn::Max(hn::Zero(d), hn::Load(d, w + i)), d, w + i);
    hn::Store(hn::Sub(hn::Load(d, c + i), hn::Set(d, p.l1)), d, c + i);
  }
  rows.moved[u] = hn::Zero(d);
  rows.active[u] = hn::VecFromMask(d, hn::Eq(hn::Zero(d), hn::Zero(d)));
  rows.first_row[u] = first;
  rows.sweeps[u] = 0;
}

template <typename Real, class D>
HWY_INLINE void leave(const Problem<Real>& p, const Rows<Real>& all, int u, Tile<Real> tile,
                      const Progress<D>& rows) {
  store_rows(tile.w + u * lanes_of(D()), tile_stride<Real>(), p.k,
             all.W + rows.first_row[u] * all.stride_w, all.stride_w);
}

/// Vector `from` moves to the place of vector `to`.
template <typename Real, class D>
HWY_INLINE void move_vector(const Problem<Real>& p, int from, int to, Tile<Real> tile,
                            Progress<D>& rows) {
  const D d;
  for (Real* part : {tile.w, tile.c}) {
    for (Index j = 0; j < p.k; ++j, part += tile_stride<Real>()) {
      hn::Store(hn::Load(d, part + from * lanes_of(d)), d, part + to * lanes_of(d));
    }
  }
  rows.moved[to] = rows.moved[from];
  rows.least[to] = rows.least[from];
  rows.active[to] = rows.active[from];
  rows.first_row[to] = rows.first_row[from];
  rows.sweeps[to] = rows.sweeps[from];
}

/// All rows, whose number is a multiple of the lanes. A vector takes part in sweeps until the last
/// of its rows is done, then others take its place, so that the tile is full as long as may be.
template <typename Real>
HWY_NOINLINE void update_vectors(const Problem<Real>& p, Tile<Real> tile, const Rows<Real>& all,
                                 Index count) {
  using D = hn::ScalableTag<Real>;
  constexpr Index kLanes = lanes_of(D());
  Progress<D> rows;
  Index next = 0;
  int vectors = 0;
  for (; vectors < kTileVectors && next < count; ++vectors, next += kLanes) {
    enter(p, all, next, vectors, tile, rows);
  }
  while (vectors > 0) {
    if (p.max_sweeps > 0) sweep_vectors<kTileVectors>(vectors, p, tile, rows);
    for (int u = 0; u < vectors;) {
      if (goes_on(p, u, rows)) {
        ++u;
        continue;
      }
      leave(p, all, u, tile, rows);
      if (next < count) {
        enter(p, all, next, u++, tile, rows);
        next += kLanes;
      } else if (--vectors > u) {
        move_vector(p, vectors, u, tile, rows);
      }
    }
  }
}

/// Fewer rows than one vector holds, by way of a copy filled up with zero rows.
template <typename Real>
void update_rest(const Problem<Real>& p, Tile<Real> tile, const Rows<Real>& rest, Index count) {
  constexpr Index kLanes = lanes_of(hn::ScalableTag<Real>());
  const auto copy = scratch<Real>(2 * kLanes * p.k);
  std::fill_n(copy.get(), 2 * kLanes * p.k, Real(0));
  Real* w = copy.get();
  Real* c = w + kLanes * p.k;
  for (Index i = 0; i < count; ++i) {
    std::copy_n(rest.W + i * rest.stride_w, p.k, w + i * p.k);
    std::copy_n(rest.C + i * rest.stride_c, p.k, c + i * p.k);
  }
  update_vectors(p, tile, {w, p.k, c, p.k}, kLanes);
  for (Index i = 0; i < count; ++i) std::copy_n(w + i * p.k, p.k, rest.W + i * rest.stride_w);
}

template <typename Real>
void hals(Real* W, Index stride_w, const Real* C, Index stride_c, Index rows, Index k,
          const double* G, const HalsOptions& options) {
  if (rows == 0 || k == 0) return;
  const Problem<Real> p = make_problem<Real>(G, k, options);
  for (Index j = 0; j < k; ++j) {
    if (options.l1 <= 0 || p.inverse[static_cast<size_t>(j)] != 0) continue;
    for (Index i = 0; i < rows; ++i) W[i * stride_w + j] = 0;
  }
  const Index half = k * tile_stride<Real>();
  const auto memory = scratch<Real>(2 * half);
  const Tile<Real> tile{memory.get(), memory.get() + half};
  const Index rest = rows % lanes_of(hn::ScalableTag<Real>());
  const Index whole = rows - rest;
  update_vectors(p, tile, Rows<Real>{W, stride_w, C, stride_c}, whole);
  if (rest > 0) {
    update_rest(p, tile, {W + whole * stride_w, stride_w, C + whole * stride_c, stride_c}, rest);
  }
}

}  // namespace

#define PARTITA_KERNELS(Real)                                                                   \
  void hals_##Real(Real* W, Index stride_w, const Real* C, Index stride_c, Index rows, Index k, \
                   const double* G, const HalsOptions& options) {                               \
    hals(W, stride_w, C, stride_c, rows, k, G, options);                                        \
  }
PARTITA_FOR_REALS(PARTITA_KERNELS)
#undef PARTITA_KERNELS

}  // namespace partita::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace partita::kernels {
HWY_EXPORT(hals_double);
HWY_EXPORT(hals_float);
}  // namespace partita::kernels

namespace partita {

#define PARTITA_DISPATCH(Real)                                                                \
  template <>                                                                                 \
  void hals_rows(Real* W, Index stride_w, const Real* C, Index stride_c, Index rows, Index k, \
                 const double* G, const HalsOptions& options) {                               \
    using namespace kernels;                                                                  \
    HWY_DYNAMIC_DISPATCH(hals_##Real)(W, stride_w, C, stride_c, rows, k, G, options);         \
  }
PARTITA_FOR_REALS(PARTITA_DISPATCH)
#undef PARTITA_DISPATCH

}  // namespace partita
#endif  // HWY_ONCE
