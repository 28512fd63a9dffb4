#pragma once

#include "partita/base/index.hpp"

namespace partita::kernels {

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

}  // namespace partita::kernels
