#pragma once

#include "data/kernels/views.hpp"

namespace partita::kernels {

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

}  // namespace partita::kernels
