#pragma once

#include "partita/factorize/solver.hpp"

#include <optional>
#include <vector>

namespace partita {

/// What one group has brought home so far: how its restarts ended, the same on each of its
/// processes, and my rows of the best one's factors.
template <class Real>
struct GroupResult {
  std::vector<RestartResult> results;
  std::optional<RestartOutcome<Real>> best;
};

}  // namespace partita
