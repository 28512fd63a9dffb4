#pragma once

#include "partita/base/index.hpp"

#include <cmath>
#include <cstddef>
#include <span>

namespace partita {

/// Values in another unit, a power of two: nothing is rounded while the result is a normal number.
/// Exponents may be beyond those that one number has.
template <class Real>
void multiply_by_power_of_two(std::span<Real> values, int exponent) {
  // in two steps, as 2^exponent itself may overflow
  const Real first = std::ldexp(Real{1}, exponent / 2);
  const Real second = std::ldexp(Real{1}, exponent - exponent / 2);
  for (Real& value : values) value = value * first * second;
}

/// The u for which 4^-u brings a size to [1, 4).
[[nodiscard]] inline int unit_of(double size) {
  return static_cast<int>(std::floor(std::ilogb(size) / 2.0));
}

}  // namespace partita
