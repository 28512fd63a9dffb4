// X T and X^T A for dense X: cache blocking around the register tile.
#include "partita/data/kernels.hpp"

#include <algorithm>

#include "data/kernels/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "data/kernels/dense_products.cpp"
#include <hwy/foreach_target.h>
// Highway's own headers come after foreach_target.h.
#include "data/kernels/product_tile-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace partita::kernels::HWY_NAMESPACE {
namespace {

/// Columns summed at a time, so that their rows of T stay in the L2 cache. It fixes how rounding
/// happens, so it may depend on the width but not on the number of rows or on the machine.
template <typename Real>
Index columns_at_once(Index width) {
  const Index fitting = 256 * 1024 / (width * static_cast<Index>(sizeof(Real)));
  return std::clamp<Index>(fitting, 128, 1024);
}

/// Rows summed at a time in X^T A. Every row is a stream on its own page; with many more than this
/// the hardware prefetcher loses them and the TLB overflows.
constexpr Index kRowsAtOnce = 48;

template <typename Real>
void times_dense(const DenseView<Real>& X, const Real* T, Index width, Real* P) {
  if (X.columns == 0) std::fill_n(P, X.rows * width, Real(0));
  const Index at_once = columns_at_once<Real>(width);
  for (Index j = 0; j < X.columns; j += at_once) {
    const Index steps = std::min(at_once, X.columns - j);
    for (Index i = 0; i < X.rows; i += kChunk) {
      const Operands<Real> o{
          X.data + i * X.stride + j, X.stride, T + j * width, width, P + i * width, width};
      product_chunk<false>(o, width, std::min(kChunk, X.rows - i), steps, j == 0);
    }
  }
}

template <typename Real>
void transposed_dense(const DenseView<Real>& X, const Real* A, Index width, Real* Q) {
  for (Index i = 0; i < X.rows; i += kRowsAtOnce) {
    const Index steps = std::min(kRowsAtOnce, X.rows - i);
    for (Index j = 0; j < X.columns; j += kChunk) {
      const Operands<Real> o{
          X.data + i * X.stride + j, X.stride, A + i * width, width, Q + j * width, width};
      product_chunk<true>(o, width, std::min(kChunk, X.columns - j), steps, false);
    }
  }
}

}  // namespace

void dense_times_double(const DenseView<double>& X, const double* T, Index width, double* P) {
  times_dense(X, T, width, P);
}
void dense_times_float(const DenseView<float>& X, const float* T, Index width, float* P) {
  times_dense(X, T, width, P);
}
void dense_transposed_double(const DenseView<double>& X, const double* A, Index width, double* Q) {
  transposed_dense(X, A, width, Q);
}
void dense_transposed_float(const DenseView<float>& X, const float* A, Index width, float* Q) {
  transposed_dense(X, A, width, Q);
}

}  // namespace partita::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace partita::kernels {

HWY_EXPORT(dense_times_double);
HWY_EXPORT(dense_times_float);
HWY_EXPORT(dense_transposed_double);
HWY_EXPORT(dense_transposed_float);

template <>
void times(const DenseView<double>& X, const double* T, Index width, double* P) {
  HWY_DYNAMIC_DISPATCH(dense_times_double)(X, T, width, P);
}
template <>
void times(const DenseView<float>& X, const float* T, Index width, float* P) {
  HWY_DYNAMIC_DISPATCH(dense_times_float)(X, T, width, P);
}
template <>
void add_transposed_times(const DenseView<double>& X, const double* A, Index width, double* Q) {
  HWY_DYNAMIC_DISPATCH(dense_transposed_double)(X, A, width, Q);
}
template <>
void add_transposed_times(const DenseView<float>& X, const float* A, Index width, float* Q) {
  HWY_DYNAMIC_DISPATCH(dense_transposed_float)(X, A, width, Q);
}

}  // namespace partita::kernels
#endif  // HWY_ONCE
