#include "partita/update/kaczmarz.hpp"

#include <algorithm>
#include <numeric>

namespace partita {

void kaczmarz_step(std::span<double> s, std::span<const double> a, double x, double relaxation,
                   double cap, bool nonnegative) {
  const double squared = std::inner_product(a.begin(), a.end(), a.begin(), 0.0);
  if (squared <= 0) return;
  const double residual = x - std::inner_product(a.begin(), a.end(), s.begin(), 0.0);
  const double step = relaxation * residual * std::min(1 / squared, cap);
  for (std::size_t j = 0; j < s.size(); ++j) s[j] += step * a[j];
  if (!nonnegative) return;
  for (double& value : s) value = std::max(0.0, value);
}

}  // namespace partita
