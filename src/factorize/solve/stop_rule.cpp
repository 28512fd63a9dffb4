#include "factorize/solve/stop_rule.hpp"

#include <algorithm>
#include <cmath>

namespace partita {

std::optional<StopReason> StopRule::operator()(std::span<const TracePoint> trace) const {
  const TracePoint& last = trace.back();
  if (!std::isfinite(last.objective)) return StopReason::diverged;
  if (last.relative_error <= rounding_level_) return StopReason::converged;
  const auto window = static_cast<std::size_t>(window_);
  if (trace.size() > window) {
    const auto in_window = trace.last(window);
    if (std::ranges::none_of(in_window, &TracePoint::kept)) return StopReason::diverged;
    const double fall = trace[trace.size() - 1 - window].objective - last.objective;
    if (options_.tolerance > 0 && fall < options_.tolerance * last.objective) {
      return StopReason::converged;
    }
  }
  if (last.iteration >= options_.max_iterations) return StopReason::max_iterations;
  return {};
}

}  // namespace partita
