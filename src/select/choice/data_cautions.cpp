#include "select/choice/data_cautions.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "select/choice/sentence_numbers.hpp"

namespace partita {

namespace {

std::string background(double variation, const std::string& lines) {
  return "one component may be a background: over the " + lines + " it varies by only " +
         short_number(100 * variation) + " % of its mean";
}

double least_of(std::span<const double> variation) {
  double least = std::numeric_limits<double>::infinity();
  for (const double one : variation) least = std::min(least, one);
  return least;
}

}  // namespace

double coefficient_of_variation(Index count, double sum, double sum_of_squares) {
  if (!(sum > 0) || count <= 0) return std::numeric_limits<double>::infinity();
  // n Σx² / (Σx)² - 1 >= 0 but for rounding.
  const double ratio = static_cast<double>(count) * (sum_of_squares / sum) / sum;
  return std::sqrt(std::max(0.0, ratio - 1));
}

std::vector<double> variation_of_components(const TallMatrix<double>& factor) {
  std::vector<double> sums(static_cast<std::size_t>(factor.width()));
  std::vector<double> squares(sums.size());
  for (Index i = 0; i < factor.rows(); ++i) {
    for (std::size_t c = 0; c < sums.size(); ++c) {
      const double value = factor.row(i)[c];
      sums[c] += value;
      squares[c] += value * value;
    }
  }
  std::vector<double> variation(sums.size());
  for (std::size_t c = 0; c < sums.size(); ++c) {
    variation[c] = coefficient_of_variation(factor.rows(), sums[c], squares[c]);
  }
  return variation;
}

std::optional<std::string> background_caution(std::span<const double> variation_A,
                                              std::span<const double> variation_S) {
  const double over_rows = least_of(variation_A);
  const double over_columns = least_of(variation_S);
  if (std::min(over_rows, over_columns) >= kBackgroundVariation) return std::nullopt;
  return over_rows <= over_columns ? background(over_rows, "rows")
                                   : background(over_columns, "columns");
}

std::optional<std::string> overdispersion_caution(const CountFacts& facts) {
  const double times = facts.mean > 0 ? facts.residual_variance / facts.mean : 0;
  if (!facts.all_whole || !(times >= kFarAboveTheMean)) return std::nullopt;
  return "counts with a variance far above their mean: about what is predicted it is " +
         short_number(facts.residual_variance) + ", " + short_number(times) +
         " times the mean of " + short_number(facts.mean) + "; of such data k is less sure";
}

}  // namespace partita
