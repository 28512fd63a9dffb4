#pragma once

#include "base/double_double.hpp"
#include "data/kernels/views.hpp"

namespace partita::kernels {

/// The Gram matrix W^T W (reductions.hpp) to about 32 digits.
/// @param G  width x width.
template <typename Real>
void gram_exact(const Real* W, Index rows, Index width, Index stride, DoubleDouble* G);

/// Sum of (a.t)^2 over the stored entries of a panel, to about 32 digits. Windows as in
/// residual_squared_dense (residual.hpp).
template <typename Real>
[[nodiscard]] DoubleDouble model_squared_exact(const PanelView<Real>& X, const Real* A,
                                               const Real* T, Index width, Index stride_a,
                                               Index stride_t);

}  // namespace partita::kernels
