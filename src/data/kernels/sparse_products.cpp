// X T and X^T A for compressed rows, both from the same CSR: the first gathers rows of T, the
// second scatters into rows of Q. A run of the width is held in registers along one row of X.
#include "partita/data/kernels.hpp"

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

/// Longest run of vectors. Wider factors take several walks over X: a walk costs 12 bytes an entry,
/// and the narrower slice of T or Q stays in cache better.
constexpr int kMaxVectors = 8;

/// How many entries ahead the rows of T or Q are called into cache.
constexpr Index kAhead = 12;

template <int V, class D>
HWY_INLINE void prefetch_row(D d, const hn::TFromD<D>* p) {
  // One vector may or may not fill a line.
  for (Index offset = 0; offset < V * lanes_of(d); offset += kLine<hn::TFromD<D>>) {
    hwy::Prefetch(p + offset);
  }
}

/// P(i, run) = sum over the entries of row i. Short runs keep several sums, as one alone would wait
/// for its own latency; their number depends on the run only, so that a row always adds up alike.
template <int V, bool kPartial, typename Real>
HWY_NOINLINE void gather_run(Run<V, kPartial> /*run*/, const CsrView<Real>& X,
                             const Real* HWY_RESTRICT T, Index width, Real* HWY_RESTRICT P,
                             Index last) {
  const hn::ScalableTag<Real> d;
  constexpr int kSums = V == 1 ? 4 : V <= 4 ? 2 : 1;
  const std::int32_t* HWY_RESTRICT column = X.column;
  const Real* HWY_RESTRICT value = X.value;
  const Index final_entry = X.row_start[X.rows] - 1;
  for (Index i = 0; i < X.rows; ++i, P += width) {
    hn::Vec<decltype(d)> sum[kSums][V];
    PARTITA_UNROLL for (int s = 0; s < kSums; ++s) {
      PARTITA_UNROLL for (int v = 0; v < V; ++v) sum[s][v] = hn::Zero(d);
    }
    Index e = X.row_start[i];
    const Index end = X.row_start[i + 1];
    const auto add = [&](int s, Index entry) HWY_ATTR {
      hn::Vec<decltype(d)> row[V];
      prefetch_row<V>(d, T + column[std::min(entry + kAhead, final_entry)] * width);
      load_row<V, kPartial>(d, T + column[entry] * width, last, row);
      const auto scale = hn::Set(d, value[entry]);
      PARTITA_UNROLL for (int v = 0; v < V; ++v) {
        sum[s][v] = hn::MulAdd(scale, row[v], sum[s][v]);
      }
    };
    for (; e + kSums <= end; e += kSums) {
      PARTITA_UNROLL for (int s = 0; s < kSums; ++s) add(s, e + s);
    }
    for (; e < end; ++e) add(0, e);
    PARTITA_UNROLL for (int s = 1; s < kSums; ++s) {
      PARTITA_UNROLL for (int v = 0; v < V; ++v) sum[0][v] = hn::Add(sum[0][v], sum[s][v]);
    }
    store_row<V, kPartial>(d, sum[0], P, last);
  }
}

/// Q(column, run) += value * A(i, run) for every entry, row after row.
template <int V, bool kPartial, typename Real>
HWY_NOINLINE void scatter_run(Run<V, kPartial> /*run*/, const CsrView<Real>& X,
                              const Real* HWY_RESTRICT A, Index width, Real* HWY_RESTRICT Q,
                              Index last) {
  const hn::ScalableTag<Real> d;
  const std::int32_t* HWY_RESTRICT column = X.column;
  const Real* HWY_RESTRICT value = X.value;
  const Index final_entry = X.row_start[X.rows] - 1;
  for (Index i = 0; i < X.rows; ++i, A += width) {
    hn::Vec<decltype(d)> factor[V];
    load_row<V, kPartial>(d, A, last, factor);
    // Most rows of a start that was fitted to a part of X are zero.
    auto any = factor[0];
    PARTITA_UNROLL for (int v = 1; v < V; ++v) any = hn::Or(any, factor[v]);
    if (hn::AllTrue(d, hn::Eq(any, hn::Zero(d)))) continue;
    for (Index e = X.row_start[i]; e < X.row_start[i + 1]; ++e) {
      Real* q = Q + column[e] * width;
      prefetch_row<V>(d, Q + column[std::min(e + kAhead, final_entry)] * width);
      hn::Vec<decltype(d)> sum[V];
      load_row<V, kPartial>(d, q, last, sum);
      const auto scale = hn::Set(d, value[e]);
      PARTITA_UNROLL for (int v = 0; v < V; ++v) sum[v] = hn::MulAdd(scale, factor[v], sum[v]);
      store_row<V, kPartial>(d, sum, q, last);
    }
  }
}

template <typename Real>
void times_sparse(const CsrView<Real>& X, const Real* T, Index width, Real* P) {
  if (X.rows == 0) return;
  const hn::ScalableTag<Real> d;
  for_each_run<kMaxVectors>(d, width, [&](auto run, Index offset, Index last) {
    gather_run(run, X, T + offset, width, P + offset, last);
  });
}

template <typename Real>
void transposed_sparse(const CsrView<Real>& X, const Real* A, Index width, Real* Q) {
  if (X.rows == 0) return;
  const hn::ScalableTag<Real> d;
  for_each_run<kMaxVectors>(d, width, [&](auto run, Index offset, Index last) {
    scatter_run(run, X, A + offset, width, Q + offset, last);
  });
}

}  // namespace

void sparse_times_double(const CsrView<double>& X, const double* T, Index width, double* P) {
  times_sparse(X, T, width, P);
}
void sparse_times_float(const CsrView<float>& X, const float* T, Index width, float* P) {
  times_sparse(X, T, width, P);
}
void sparse_transposed_double(const CsrView<double>& X, const double* A, Index width, double* Q) {
  transposed_sparse(X, A, width, Q);
}
void sparse_transposed_float(const CsrView<float>& X, const float* A, Index width, float* Q) {
  transposed_sparse(X, A, width, Q);
}

}  // namespace partita::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace partita::kernels {

HWY_EXPORT(sparse_times_double);
HWY_EXPORT(sparse_times_float);
HWY_EXPORT(sparse_transposed_double);
HWY_EXPORT(sparse_transposed_float);

template <>
void times(const CsrView<double>& X, const double* T, Index width, double* P) {
  HWY_DYNAMIC_DISPATCH(sparse_times_double)(X, T, width, P);
}
template <>
void times(const CsrView<float>& X, const float* T, Index width, float* P) {
  HWY_DYNAMIC_DISPATCH(sparse_times_float)(X, T, width, P);
}
template <>
void add_transposed_times(const CsrView<double>& X, const double* A, Index width, double* Q) {
  HWY_DYNAMIC_DISPATCH(sparse_transposed_double)(X, A, width, Q);
}
template <>
void add_transposed_times(const CsrView<float>& X, const float* A, Index width, float* Q) {
  HWY_DYNAMIC_DISPATCH(sparse_transposed_float)(X, A, width, Q);
}

}  // namespace partita::kernels
#endif  // HWY_ONCE
