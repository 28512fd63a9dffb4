#include "update/kaczmarz.hpp"

#include <algorithm>
#include <numeric>

namespace partita {

void kaczmarz_step(std::span<double> s, std::span<const double> a, double x,
                   const KaczmarzStep& how) {
  const double squared = std::inner_product(a.begin(), a.end(), a.begin(), 0.0);
  if (squared <= 0) return;
  const double residual = x - std::inner_product(a.begin(), a.end(), s.begin(), 0.0);
  const double step = how.relaxation * residual * std::min(1 / squared, how.cap);
  for (std::size_t j = 0; j < s.size(); ++j) s[j] += step * a[j];
  if (how.penalty.any() || !how.drift.empty()) {
    const double length = how.relaxation / how.squared_norm;
    const double shrink = 1 / (1 + length * how.penalty.l2);
    for (std::size_t j = 0; j < how.drift.size(); ++j) s[j] += length * how.drift[j];
    for (double& value : s) value = (value - length * how.penalty.l1) * shrink;
  }
  if (!how.nonnegative) return;
  for (double& value : s) value = std::max(0.0, value);
}

}  // namespace partita
