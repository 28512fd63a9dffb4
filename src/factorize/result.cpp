#include "partita/factorize/result.hpp"

#include <cmath>
#include <tuple>

namespace partita {

Index best_of(std::span<const RestartResult> results) {
  Index best = -1;
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (!std::isfinite(results[i].relative_error)) continue;
    if (results[i].stop == StopReason::dropped) continue;
    const auto key = [](const RestartResult& r) { return std::tuple(r.relative_error, r.restart); };
    if (best < 0 || key(results[i]) < key(results[static_cast<std::size_t>(best)])) {
      best = static_cast<Index>(i);
    }
  }
  return best;
}

}  // namespace partita
