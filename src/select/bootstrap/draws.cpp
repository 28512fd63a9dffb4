#include "select/bootstrap/draws.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace partita {

namespace {

/// What Stirling's formula lacks of ln x!, x >= 1: by its series from 10 on. std::lgamma writes to
/// a global variable.
double stirling_error(double x) {
  if (x >= 10) {
    const double square = x * x;
    return (1.0 / 12 - (1.0 / 360 - 1.0 / (1260 * square)) / square) / x;
  }
  double product = 1;
  for (int factor = 2; factor <= x; ++factor) product *= factor;
  return std::log(product) - ((x + 0.5) * std::log(x) - x + 0.5 * std::log(2 * std::numbers::pi));
}

/// x ln(x / mean) + mean - x, without the loss of digits where x is near the mean.
double deviance(double x, double mean) {
  const double t = (x - mean) / mean;
  return mean * ((1 + t) * std::log1p(t) - t);
}

/// P(x) near the mean, exact for large counts too: Loader 2000.
double poisson_probability(double x, double mean) {
  if (x < 1) return std::exp(-mean);
  return std::exp(-stirling_error(x) - deviance(x, mean)) / std::sqrt(2 * std::numbers::pi * x);
}

double binomial_probability(double x, double trials, double p) {
  const double q = 1 - p;
  if (x < 1) return std::exp(trials * std::log1p(-p));
  if (x >= trials) return std::exp(trials * std::log(p));
  const double rest = trials - x;
  const double logarithm = stirling_error(trials) - stirling_error(x) - stirling_error(rest) -
                           deviance(x, trials * p) - deviance(rest, trials * q);
  return std::exp(logarithm) * std::sqrt(trials / (2 * std::numbers::pi * x * rest));
}

/// Takes from u the probabilities of the counts around the mode, the likelier side first, until
/// nothing is left of it.
/// @param up, down  P(x + 1) / P(x) and P(x - 1) / P(x)
template <class Up, class Down>
double from_mode(double u, double mode, double probability, double most, Up up, Down down) {
  double low = mode;
  double high = mode;
  double at_low = probability;
  double at_high = probability;
  u -= probability;
  while (u > 0) {
    const double below = low > 0 ? at_low * down(low) : 0;
    const double above = high < most ? at_high * up(high) : 0;
    // All but rounding has been taken.
    if (std::max(below, above) < std::numeric_limits<double>::min()) return mode;
    if (below > above) {
      at_low = below;
      --low;
      u -= below;
      if (u <= 0) return low;
    } else {
      at_high = above;
      ++high;
      u -= above;
      if (u <= 0) return high;
    }
  }
  return mode;
}

/// The quantile of the standard normal distribution, to about 1e-9: Newton's steps on erfc from
/// Hastings' formula (Abramowitz & Stegun 26.2.23).
double normal_quantile(double u) {
  const double tail = std::min(u, 1 - u);
  const double t = std::sqrt(-2 * std::log(tail));
  double z = t - (2.515517 + t * (0.802853 + t * 0.010328)) /
                     (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (int step = 0; step < 2; ++step) {
    const double error = 0.5 * std::erfc(z / std::numbers::sqrt2) - tail;
    z += error / (std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi));
  }
  return u < 0.5 ? -z : z;
}

double from_normal(double mean, double variance, double skewness, double most, double u) {
  const double z = normal_quantile(u);
  const double moved = z + (z * z - 1) * skewness / 6;
  return std::clamp(std::round(mean + std::sqrt(variance) * moved), 0.0, most);
}

}  // namespace

double poisson_draw(double mean, double u) {
  if (!(mean > 0)) return 0;
  constexpr double kNoMost = std::numeric_limits<double>::infinity();
  if (mean >= kNormalFrom) return from_normal(mean, mean, 1 / std::sqrt(mean), kNoMost, u);
  const double mode = std::floor(mean);
  return from_mode(
      u, mode, poisson_probability(mode, mean), kNoMost,
      [mean](double x) { return mean / (x + 1); }, [mean](double x) { return x / mean; });
}

double binomial_draw(double trials, double p, double u) {
  if (!(trials > 0) || !(p > 0)) return 0;
  if (p >= 1) return trials;
  const double q = 1 - p;
  const double variance = trials * p * q;
  if (variance >= kNormalFrom) {
    return from_normal(trials * p, variance, (q - p) / std::sqrt(variance), trials, u);
  }
  const double mode = std::min(trials, std::floor((trials + 1) * p));
  return from_mode(
      u, mode, binomial_probability(mode, trials, p), trials,
      [&](double x) { return (trials - x) / (x + 1) * (p / q); },
      [&](double x) { return x / (trials - x + 1) * (q / p); });
}

}  // namespace partita
