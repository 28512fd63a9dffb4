#pragma once

#include "partita/data/tall_matrix.hpp"

#include <span>

namespace partita {

/// The quantile of sorted numbers, between the two nearest of them (the seventh definition of
/// Hyndman & Fan 1996).
/// @pre there is at least one; 0 <= share <= 1
[[nodiscard]] double quantile(std::span<const double> sorted, double share);

/// Bounds of each entry of a factor.
struct Intervals {
  TallMatrix<double> lower;
  TallMatrix<double> upper;
};

/// From the aligned replicates of a factor, or of some rows of it, the middle part of each entry's
/// values: percentile intervals of the bootstrap, Efron 1979.
/// @param level  how much of the values lies within, as 0.95
/// @throws Error (internal) if there is none or their shapes differ; (usage) if the level is not
/// between 0 and 1.
[[nodiscard]] Intervals intervals_of(std::span<const TallMatrix<double>> replicates, double level);

}  // namespace partita
