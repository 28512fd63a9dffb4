#include "factorize/objective/component_scale.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace partita {

namespace {

/// Penalty of t times a part: linear t + ½ quadratic t².
struct Cost {
  Cost(const FactorPenalty& penalty, const ComponentSize& size)
      : linear(penalty.l1 * size.sum), quadratic(penalty.l2 * size.squares) {}
  [[nodiscard]] double at(double t) const { return t * (linear + quadratic / 2 * t); }
  /// d/du at t = e^u.
  [[nodiscard]] double slope(double t) const { return t * (linear + quadratic * t); }
  /// d²/du².
  [[nodiscard]] double curvature(double t) const { return t * (linear + 2 * quadratic * t); }
  [[nodiscard]] bool any() const { return linear > 0 || quadratic > 0; }

  double linear;
  double quadratic;
};

/// t at the root of slope_a(t) = slope_s(1 / t), which grow and fall with t: Newton's method for
/// log t, kept in a bracket.
double balance(const Cost& a, const Cost& s) {
  constexpr double kFurthest = 300;  // t and its square stay numbers
  constexpr double kRounding = 4 * std::numeric_limits<double>::epsilon();
  constexpr int kMostSteps = 200;
  double low = -kFurthest;
  double high = kFurthest;
  double u = 0;
  for (int step = 0; step < kMostSteps; ++step) {
    const double t = std::exp(u);
    const double up = a.slope(t);
    const double down = s.slope(1 / t);
    if (std::abs(up - down) <= kRounding * (up + down)) break;
    (up > down ? high : low) = u;
    const double next = u - (up - down) / (a.curvature(t) + s.curvature(1 / t));
    u = next > low && next < high ? next : (low + high) / 2;
  }
  return std::exp(u);
}

/// Multiplies the penalised part so that its norm is kDegenerateRatio of the other's; it only
/// shrinks.
double shrink(const ComponentSize& penalised, const ComponentSize& other) {
  return std::min(1.0,
                  std::sqrt(kDegenerateRatio) * std::pow(other.squares / penalised.squares, 0.25));
}

}  // namespace

ComponentScale best_scale(const Penalties& penalties, const ComponentSize& a,
                          const ComponentSize& s) {
  const Cost of_A(penalties.of_A(), a);
  const Cost of_S(penalties.of_S(), s);
  if (!(a.squares > 0) || !(s.squares > 0)) {
    return {of_A.any() ? 0.0 : 1.0, of_S.any() ? 0.0 : 1.0};
  }
  double t = 1;
  if (of_A.any() && of_S.any()) {
    t = balance(of_A, of_S);
  } else if (of_A.any()) {
    t = shrink(a, s);
  } else if (of_S.any()) {
    t = 1 / shrink(s, a);
  }
  return {t, 1 / t};
}

double penalty_of(const Penalties& penalties, const ComponentSize& a, const ComponentSize& s,
                  const ComponentScale& scale) {
  return Cost(penalties.of_A(), a).at(scale.of_A) + Cost(penalties.of_S(), s).at(scale.of_S);
}

}  // namespace partita
