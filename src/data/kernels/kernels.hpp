/// data/: one process's block of X, dense or sparse, and its products with skinny factors. This
/// header declares the local compute kernels. They know no MPI, no files and no solver.
///
/// Factors are tall: A is rows x width and S is held transposed, columns x width, both row-major
/// with no padding. Everything is declared for Real = double and float; the instruction set is
/// chosen at run time. Kernels allocate at most a cache-sized scratch, check nothing and throw
/// only std::bad_alloc. Outputs must not overlap inputs.
#pragma once

#include "partita/base/index.hpp"

#include <cstdint>

#include "base/double_double.hpp"

namespace partita::kernels {

/// A borrowed dense block, row-major: entry (i, j) is data[i * stride + j], stride >= columns.
template <typename Real>
struct DenseView {
  const Real* data = nullptr;
  Index rows = 0;
  Index columns = 0;
  Index stride = 0;
};

/// A borrowed panel of rows of a sparse block, by columns. A segment is what one column holds here,
/// at least an entry; entries follow each other segment by segment.
template <typename Real>
struct PanelView {
  const std::int32_t* column = nullptr;   ///< of segments, ascending
  const std::uint16_t* length = nullptr;  ///< of segments, in entries
  const std::uint16_t* row = nullptr;     ///< of entries, ascending within a segment
  const Real* value = nullptr;            ///< of entries
  Index segments = 0;
  Index entries = 0;
  Index rows = 0;
  Index columns = 0;  ///< of the whole block
};

/// P = X T, overwriting P.
/// Row i of P depends on row i of X and on T alone, bit for bit, so a panel of rows gives the same
/// rows as the whole block.
/// @param T  columns x width.
/// @param P  rows x width.
template <typename Real>
void times(const DenseView<Real>& X, const Real* T, Index width, Real* P);
template <typename Real>
void times(const PanelView<Real>& X, const Real* T, Index width, Real* P);

/// Q += X^T A. Rows of X are added in ascending order; a dense X adds them in partial sums of fixed
/// length counted from the first row of the view, which keeps rounding small in long sums.
/// @param A  rows x width.
/// @param Q  columns x width.
template <typename Real>
void add_transposed_times(const DenseView<Real>& X, const Real* A, Index width, Real* Q);
template <typename Real>
void add_transposed_times(const PanelView<Real>& X, const Real* A, Index width, Real* Q);

/// G = W^T W in double, overwriting G.
/// @param W  rows x width window of a row-major matrix, stride >= width.
/// @param G  width x width, both triangles filled.
template <typename Real>
void gram(const Real* W, Index rows, Index width, Index stride, double* G);

/// Sum of a_ij b_ij over two rows x width windows, in double.
template <typename Real>
[[nodiscard]] double dot(const Real* a, const Real* b, Index rows, Index width, Index stride_a,
                         Index stride_b);

/// Sum of squares of count values, in double.
template <typename Real>
[[nodiscard]] double squared_norm(const Real* a, Index count);

/// Sum over the block of (x_ij - a_i . t_j)^2, evaluated entry by entry in double, with no
/// cancellation: this is what a reported error is made of.
/// @param A  rows x width window with leading dimension stride_a.
/// @param T  columns x width window with leading dimension stride_t.
template <typename Real>
[[nodiscard]] double residual_squared_dense(const DenseView<Real>& X, const Real* A, const Real* T,
                                            Index width, Index stride_a, Index stride_t);

/// The same for a sparse block whose entries that are not stored are zeros; costs
/// rows * columns * width like the dense one. Windows as in residual_squared_dense.
template <typename Real>
[[nodiscard]] double residual_squared_sparse_exact(const PanelView<Real>& X, const Real* A,
                                                   const Real* T, Index width, Index stride_a,
                                                   Index stride_t);

/// Sums over the stored entries only.
struct SparseResidualTerms {
  double residual_squared = 0;  ///< sum of (x - a.t)^2
  double model_squared = 0;     ///< sum of (a.t)^2
};

/// With the two Grams this gives the whole residual of a sparse block in O(nnz * width):
/// residual_squared + <A^T A, T^T T> - model_squared. Windows as in residual_squared_dense.
template <typename Real>
[[nodiscard]] SparseResidualTerms residual_terms_sparse(const PanelView<Real>& X, const Real* A,
                                                        const Real* T, Index width, Index stride_a,
                                                        Index stride_t);

/// gram() to about 32 digits.
/// @param G  width x width.
template <typename Real>
void gram_exact(const Real* W, Index rows, Index width, Index stride, DoubleDouble* G);

/// Sum of (a.t)^2 over the stored entries of a panel, to about 32 digits. Windows as in
/// residual_squared_dense.
template <typename Real>
[[nodiscard]] DoubleDouble model_squared_exact(const PanelView<Real>& X, const Real* A,
                                               const Real* T, Index width, Index stride_a,
                                               Index stride_t);

/// Steps of a few independent chains of fused multiply-adds in registers, begun with *value, where
/// a result is left; returns the floating-point operations. Their rate is the peak of a core.
template <typename Real>
[[nodiscard]] double multiply_add_chains(Index steps, Real* value);

}  // namespace partita::kernels
