/// What is minimised and reported: F = ½||X - AS||² + penalties. Traces and stopping rules see it
/// on the scale of the relative error, sqrt(2 F) / ||X||.
#pragma once

#include "partita/factorize/options.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "data/blocks/block.hpp"
#include "update/row_rule.hpp"

namespace partita {

/// Squared relative error below which ||X||² - 2<XSᵀ, A> + <AᵀA, SSᵀ> has cancelled too many digits
/// (products in double carry about 1e-15 of ||X||², in single about 1e-8); below it the residual is
/// formed explicitly.
template <class Real>
[[nodiscard]] constexpr double shortcut_floor() {
  return std::is_same_v<Real, float> ? 1e-3 : 1e-5;
}

/// Relative error of k components at which nothing but the rounding of stored factors is left.
template <class Real>
[[nodiscard]] double rounding_level(Index k) {
  return std::numeric_limits<Real>::epsilon() *
         std::max(1.0, std::sqrt(static_cast<double>(k)) / 2);
}

/// Rounding of a squared objective (on the scale of the relative error) that is summed from
/// products in Real.
template <class Real>
[[nodiscard]] constexpr double objective_noise() {
  return 64 * static_cast<double>(std::numeric_limits<Real>::epsilon());
}

/// l1 * sum of entries + l2 / 2 * sum of squares over a window.
template <class Real>
[[nodiscard]] double penalty_of(TallView<const Real> W, FactorPenalty penalty) {
  if (!penalty.any()) return 0;
  double sum = 0;
  for (Index i = 0; i < W.rows; ++i) {
    for (Index j = 0; j < W.width; ++j) {
      const auto w = static_cast<double>(W.data[i * W.stride + j]);
      sum += penalty.l1 * w + penalty.l2 / 2 * w * w;
    }
  }
  return sum;
}

/// sqrt(2 F) / ||X||: the relative error when there is no penalty.
[[nodiscard]] inline double objective_of(double relative_error_squared, double penalty,
                                         double squared_norm) {
  // not std::max, which makes 0 of what is not a number
  const double squared = relative_error_squared + 2 * penalty / squared_norm;
  return squared < 0 ? 0.0 : std::sqrt(squared);
}

}  // namespace partita
