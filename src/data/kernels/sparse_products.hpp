#pragma once

#include "data/kernels/views.hpp"

namespace partita::kernels {

/// P = X T, overwriting P.
/// Row i of P depends on row i of X and on T alone, bit for bit, so a panel of rows gives the same
/// rows as the whole block.
/// @param T  columns x width.
/// @param P  rows x width.
template <typename Real>
void times(const PanelView<Real>& X, const Real* T, Index width, Real* P);

/// Q += X^T A. Rows of X are added in ascending order.
/// @param A  rows x width.
/// @param Q  columns x width.
template <typename Real>
void add_transposed_times(const PanelView<Real>& X, const Real* A, Index width, Real* Q);

}  // namespace partita::kernels
