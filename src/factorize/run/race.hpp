#pragma once

#include "partita/base/index.hpp"

#include <span>
#include <vector>

namespace partita {

/// A part of a race: all restarts still in it go on to an iteration, and then only some survive.
struct RaceStage {
  Index begin = 0;      ///< iteration that the stage before ended with
  Index end = 0;        ///< iteration at which the errors are compared
  Index survivors = 0;  ///< restarts that go on
};

/// Successive halving (Jamieson & Talwalkar 2016) that never trusts an early rank to name the best:
/// a quarter of the restarts goes on after 2 iterations, half of those after 4, 10, 24 ..., until
/// two are left (an eighth of more than 16, four at most), which run to their ends.
[[nodiscard]] std::vector<RaceStage> race_stages(Index restarts);

/// Positions of those that leave, so that the given number of the smallest errors goes on; of equal
/// ones the first. Infinite errors are not in the race; NaN is the worst.
[[nodiscard]] std::vector<Index> race_losers(std::span<const double> errors, Index survivors);

}  // namespace partita
