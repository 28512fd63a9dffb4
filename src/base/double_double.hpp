#pragma once

#include <cmath>

namespace partita {

/// A number as the unevaluated sum of two doubles, about 32 digits. Dekker 1971; Knuth.
struct DoubleDouble {
  double high = 0;
  double low = 0;

  [[nodiscard]] double value() const { return high + low; }
};

/// a + b, where |a| >= |b|.
[[nodiscard]] inline DoubleDouble quick_sum(double a, double b) {
  const double sum = a + b;
  return {sum, b - (sum - a)};
}

[[nodiscard]] inline DoubleDouble operator+(DoubleDouble a, DoubleDouble b) {
  const double sum = a.high + b.high;
  const double of_b = sum - a.high;
  const double lost = (a.high - (sum - of_b)) + (b.high - of_b);
  return quick_sum(sum, lost + a.low + b.low);
}

[[nodiscard]] inline DoubleDouble operator-(DoubleDouble a, DoubleDouble b) {
  return a + DoubleDouble{-b.high, -b.low};
}

[[nodiscard]] inline DoubleDouble operator*(DoubleDouble a, DoubleDouble b) {
  const double product = a.high * b.high;
  const double lost = std::fma(a.high, b.high, -product);
  return quick_sum(product, lost + (a.high * b.low + a.low * b.high));
}

}  // namespace partita
