// X T and X^T A for a panel of sparse rows, by columns: both go through the rows of T or Q in
// order, a run of the width in registers along one segment, and find the rows of P or A in cache.
#include "data/kernels/sparse_products.hpp"

#include <algorithm>

#include "data/kernels/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "data/kernels/sparse_products.cpp"
#include <hwy/foreach_target.h>
// Highway's own headers come after foreach_target.h.
#include "data/kernels/vectors-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace partita::kernels::HWY_NAMESPACE {
namespace {

/// Longest run of vectors. Wider factors take several walks over X: a walk costs 10 bytes an entry.
constexpr int kMaxVectors = 8;

/// How far ahead rows are called into cache: entries, for P and A; segments, for T and Q.
constexpr Index kEntriesAhead = 12;
constexpr Index kSegmentsAhead = 4;

template <int V, class D>
HWY_INLINE void prefetch_row(D d, const hn::TFromD<D>* p) {
  // One vector may or may not fill a line.
  for (Index offset = 0; offset < V * lanes_of(d); offset += kLine<hn::TFromD<D>>) {
    hwy::Prefetch(p + offset);
  }
}

/// Goes through a panel: visits each segment with its column and Range of entries, and calls the
/// rows of `by_column` and `by_row` that come next into cache.
template <int V, typename Real, class Visit>
HWY_INLINE void walk(const PanelView<Real>& X, const Real* by_column, const Real* by_row,
                     Index width, Visit visit) {
  const hn::ScalableTag<Real> d;
  const auto call_row_of = [&](Index e) HWY_ATTR {
    prefetch_row<V>(d, by_row + X.row[std::min(e + kEntriesAhead, X.entries - 1)] * width);
  };
  Index e = 0;
  for (Index s = 0; s < X.segments; ++s) {
    const Index next = X.column[std::min(s + kSegmentsAhead, X.segments - 1)];
    prefetch_row<V>(d, by_column + next * width);
    const Range entries{e, e + X.length[s]};
    visit(X.column[s], entries, call_row_of);
    e = entries.end;
  }
}

template <int V, class D>
HWY_INLINE bool all_zero(D d, const hn::Vec<D> (&row)[V]) {
  auto any = row[0];
  PARTITA_UNROLL for (int v = 1; v < V; ++v) any = hn::Or(any, row[v]);
  return hn::AllTrue(d, hn::Eq(any, hn::Zero(d)));
}

/// P(row, run) += value * T(column, run) for every entry.
template <int V, bool kPartial, typename Real>
HWY_NOINLINE void scatter_run(Run<V, kPartial> /*run*/, const PanelView<Real>& X,
                              const Real* HWY_RESTRICT T, Index width, Real* HWY_RESTRICT P,
                              Index last) {
  const hn::ScalableTag<Real> d;
  walk<V>(X, T, P, width, [&](Index column, Range entries, auto call_row_of) HWY_ATTR {
    hn::Vec<decltype(d)> factor[V];
    load_row<V, kPartial>(d, T + column * width, last, factor);
    // Most rows of a start that was fitted to a part of X are zero.
    if (all_zero(d, factor)) return;
    for (Index e = entries.begin; e < entries.end; ++e) {
      Real* p = P + X.row[e] * width;
      call_row_of(e);
      hn::Vec<decltype(d)> sum[V];
      load_row<V, kPartial>(d, p, last, sum);
      const auto scale = hn::Set(d, X.value[e]);
      PARTITA_UNROLL for (int v = 0; v < V; ++v) sum[v] = hn::MulAdd(scale, factor[v], sum[v]);
      store_row<V, kPartial>(d, sum, p, last);
    }
  });
}

/// Q(column, run) += value * A(row, run) for every entry.
template <int V, bool kPartial, typename Real>
HWY_NOINLINE void gather_run(Run<V, kPartial> /*run*/, const PanelView<Real>& X,
                             const Real* HWY_RESTRICT A, Index width, Real* HWY_RESTRICT Q,
                             Index last) {
  const hn::ScalableTag<Real> d;
  walk<V>(X, Q, A, width, [&](Index column, Range entries, auto call_row_of) HWY_ATTR {
    hn::Vec<decltype(d)> sum[V];
    load_row<V, kPartial>(d, Q + column * width, last, sum);
    for (Index e = entries.begin; e < entries.end; ++e) {
      call_row_of(e);
      hn::Vec<decltype(d)> factor[V];
      load_row<V, kPartial>(d, A + X.row[e] * width, last, factor);
      const auto scale = hn::Set(d, X.value[e]);
      PARTITA_UNROLL for (int v = 0; v < V; ++v) sum[v] = hn::MulAdd(scale, factor[v], sum[v]);
    }
    store_row<V, kPartial>(d, sum, Q + column * width, last);
  });
}

template <typename Real>
void times_sparse(const PanelView<Real>& X, const Real* T, Index width, Real* P) {
  std::fill_n(P, X.rows * width, Real{0});
  const hn::ScalableTag<Real> d;
  for_each_run<kMaxVectors>(d, width, [&](auto run, Index offset, Index last) {
    scatter_run(run, X, T + offset, width, P + offset, last);
  });
}

template <typename Real>
void transposed_sparse(const PanelView<Real>& X, const Real* A, Index width, Real* Q) {
  const hn::ScalableTag<Real> d;
  for_each_run<kMaxVectors>(d, width, [&](auto run, Index offset, Index last) {
    gather_run(run, X, A + offset, width, Q + offset, last);
  });
}

}  // namespace

#define PARTITA_KERNELS(Real)                                                                    \
  void sparse_times_##Real(const PanelView<Real>& X, const Real* T, Index width, Real* P) {      \
    times_sparse(X, T, width, P);                                                                \
  }                                                                                              \
  void sparse_transposed_##Real(const PanelView<Real>& X, const Real* A, Index width, Real* Q) { \
    transposed_sparse(X, A, width, Q);                                                           \
  }
PARTITA_FOR_REALS(PARTITA_KERNELS)
#undef PARTITA_KERNELS

}  // namespace partita::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace partita::kernels {

#define PARTITA_DISPATCH(Real)                                                               \
  HWY_EXPORT(sparse_times_##Real);                                                           \
  HWY_EXPORT(sparse_transposed_##Real);                                                      \
  template <>                                                                                \
  void times(const PanelView<Real>& X, const Real* T, Index width, Real* P) {                \
    HWY_DYNAMIC_DISPATCH(sparse_times_##Real)(X, T, width, P);                               \
  }                                                                                          \
  template <>                                                                                \
  void add_transposed_times(const PanelView<Real>& X, const Real* A, Index width, Real* Q) { \
    HWY_DYNAMIC_DISPATCH(sparse_transposed_##Real)(X, A, width, Q);                          \
  }
PARTITA_FOR_REALS(PARTITA_DISPATCH)
#undef PARTITA_DISPATCH

}  // namespace partita::kernels
#endif  // HWY_ONCE
