#pragma once

#include "partita/base/index.hpp"

#include <cstdint>

namespace partita::kernels {

/// G = W^T W in double, overwriting G.
/// @param W  rows x width window of a row-major matrix, stride >= width.
/// @param G  width x width, both triangles filled.
template <typename Real>
void gram(const Real* W, Index rows, Index width, Index stride, double* G);

/// Upper triangle of G += Σ_e scale_e h_e h_eᵀ, with some of the lower one, and c += Σ gain_e h_e,
/// over some rows h_e of a factor H.
/// @param rows  of H, count of them. @param space  2 count x k doubles.
template <typename Real>
void add_equations(const Real* H, Index stride, Index k, const std::int32_t* rows, Index count,
                   const double* scales, const double* gains, double* space, double* G, double* c);

/// Σ (w h_e)² over some rows h_e of a factor H, in double.
template <typename Real>
[[nodiscard]] double sum_of_squared_products(const Real* H, Index stride, Index k,
                                             const std::int32_t* rows, Index count, const Real* w);

/// Sum of a_ij b_ij over two rows x width windows, in double.
template <typename Real>
[[nodiscard]] double dot(const Real* a, const Real* b, Index rows, Index width, Index stride_a,
                         Index stride_b);

/// Sum of squares of count values, in double.
template <typename Real>
[[nodiscard]] double squared_norm(const Real* a, Index count);

}  // namespace partita::kernels
