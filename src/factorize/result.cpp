#include "partita/factorize/result.hpp"

#include <cmath>

namespace partita {

namespace {

/// Whether one restart comes before another.
bool beats(const RestartResult& one, const RestartResult& other, double tie) {
  const bool diverged = one.stop == StopReason::diverged;
  if (diverged != (other.stop == StopReason::diverged)) return !diverged;
  if (std::abs(one.objective - other.objective) > tie) return one.objective < other.objective;
  return one.restart < other.restart;
}

}  // namespace

Index best_of(std::span<const RestartResult> results, double rounding_unit) {
  Index best = -1;
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (!std::isfinite(results[i].objective)) continue;
    if (results[i].stop == StopReason::dropped) continue;
    if (best < 0 ||
        beats(results[i], results[static_cast<std::size_t>(best)], kTieUnits * rounding_unit)) {
      best = static_cast<Index>(i);
    }
  }
  return best;
}

}  // namespace partita
