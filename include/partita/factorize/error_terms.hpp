#pragma once

#include "partita/data/block.hpp"
#include "partita/update/row_rule.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>

namespace partita {

/// Squared relative error below which ||X||² - 2<XSᵀ, A> + <AᵀA, SSᵀ> has cancelled too many digits
/// (products in double carry about 1e-15 of ||X||², in single about 1e-8); below it the residual is
/// formed explicitly.
template <class Real>
[[nodiscard]] constexpr double shortcut_floor() {
  return std::is_same_v<Real, float> ? 1e-3 : 1e-5;
}

/// l1 * sum of entries + l2 / 2 * sum of squares over a window.
template <class Real>
[[nodiscard]] double penalty_of(TallView<Real> W, FactorPenalty penalty) {
  if (penalty.l1 == 0 && penalty.l2 == 0) return 0;
  double sum = 0;
  for (Index i = 0; i < W.rows; ++i) {
    for (Index j = 0; j < W.width; ++j) {
      const auto w = static_cast<double>(W.data[i * W.stride + j]);
      sum += penalty.l1 * w + penalty.l2 / 2 * w * w;
    }
  }
  return sum;
}

/// sqrt(2 * (½||X - AS||² + penalty)) / ||X||: the relative error when there is no penalty.
[[nodiscard]] inline double objective_of(double relative_error_squared, double penalty,
                                         double squared_norm) {
  return std::sqrt(std::max(0.0, relative_error_squared + 2 * penalty / squared_norm));
}

}  // namespace partita
