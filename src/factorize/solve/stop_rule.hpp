#pragma once

#include "partita/factorize/options.hpp"
#include "partita/factorize/result.hpp"

#include <optional>
#include <span>

namespace partita {

/// Passes over which the fall of the objective is measured.
inline constexpr Index kPassesOfWindow = 10;

/// Whether a restart is at its end: a trace in, a reason out, or nothing where it goes on. Pure.
class StopRule {
 public:
  /// @param rounding_level  relative error below which nothing but rounding is left; negative for
  ///                        none, so that an exact fit goes on.
  /// @param window  iterations over which the fall of the objective is measured.
  StopRule(const StopOptions& options, double rounding_level, Index window = kPassesOfWindow)
      : options_(options), rounding_level_(rounding_level), window_(window) {}

  /// In this order: `diverged` when the last objective is not finite, or no iteration of the last
  /// window was kept; `converged` when the last error is at rounding level, or the objective fell
  /// by less than the tolerance over the last window; `max_iterations`.
  /// @param trace  from the point on that the rule is to look at; not empty.
  [[nodiscard]] std::optional<StopReason> operator()(std::span<const TracePoint> trace) const;

 private:
  StopOptions options_;
  double rounding_level_;
  Index window_;
};

}  // namespace partita
