#pragma once

#include "partita/base/index.hpp"
#include "partita/data/tall_matrix.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace partita {

/// Coefficient of variation, standard deviation over mean, of numbers >= 0 whose sum and sum of
/// squares are given; 0 where all are equal, infinite where they are all zero: nothing then looks
/// constant by accident.
[[nodiscard]] double coefficient_of_variation(Index count, double sum, double sum_of_squares);

/// That of each column of a factor (all its rows), one a component.
[[nodiscard]] std::vector<double> variation_of_components(const TallMatrix<double>& factor);

/// Below it a component counts as constant over the rows or columns of X. In trials (300 x 200,
/// noise of 10 and 20 %) a constant that is added to X gives 0.07 to 0.13, factors that are uniform
/// in (0, 1) give 0.39 and more; what clipping of noise at 0 adds varies by 0.5 and cannot be told
/// from them.
inline constexpr double kBackgroundVariation = 0.2;

/// "one component may be a background: ...", of the component that varies least over the rows of X
/// (its column of A) or over its columns (its row of S); none if it is not below
/// kBackgroundVariation.
[[nodiscard]] std::optional<std::string> background_caution(std::span<const double> variation_A,
                                                            std::span<const double> variation_S);

/// What is known of the entries of X.
struct CountFacts {
  bool all_whole = false;  ///< every entry is a whole number
  double mean = 0;
  /// Mean squared distance to what the chosen k predicts: its held-out error.
  double residual_variance = 0;
};

/// Counts of a Poisson vary about their expectation by as much as their mean; from so many times
/// that on a caution.
inline constexpr double kFarAboveTheMean = 2;

/// Whole numbers whose variance is far above their mean; none if it is not.
[[nodiscard]] std::optional<std::string> overdispersion_caution(const CountFacts& facts);

}  // namespace partita
