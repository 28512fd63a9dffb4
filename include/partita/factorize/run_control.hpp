#pragma once

#include "partita/base/stopwatch.hpp"
#include "partita/factorize/options.hpp"
#include "partita/factorize/result.hpp"
#include "partita/factorize/run_hooks.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace partita {

/// Passes over which the fall of the objective is measured.
inline constexpr Index kPassesOfWindow = 10;

/// Trace of one restart while it runs, and the rule that ends it.
class RestartLog {
 public:
  /// @param window  iterations over which the fall of the objective is measured.
  RestartLog(Index restart, const StopOptions& stop, Index window = kPassesOfWindow)
      : stop_(stop), window_(static_cast<std::size_t>(window)) {
    result_.restart = restart;
  }

  /// Notes one iteration (0 is the start). @param seconds  of the group's clock; the trace counts
  /// from the first record. @param objective  what the solver minimises, on the
  /// scale of the relative error and equal to it without penalties; it decides convergence.
  void record(Index iteration, double seconds, double relative_error, double objective);
  /// Whether the last record ends the restart by tolerance or count.
  [[nodiscard]] bool finished();
  void finish(StopReason reason) { result_.stop = reason; }
  /// From here on another rule holds; its window starts at the last record.
  void continue_with(const StopOptions& stop) {
    stop_ = stop;
    objectives_.erase(objectives_.begin(), objectives_.end() - 1);
  }

  [[nodiscard]] bool empty() const { return result_.trace.empty(); }
  [[nodiscard]] const TracePoint& last() const { return result_.trace.back(); }
  [[nodiscard]] double last_objective() const { return objectives_.back(); }
  [[nodiscard]] Index restart() const { return result_.restart; }
  [[nodiscard]] RestartResult take() { return std::move(result_); }

 private:
  StopOptions stop_;
  std::size_t window_;
  RestartResult result_;
  double start_seconds_ = 0;
  std::vector<double> objectives_;
};

/// What all restarts of one group share while they run: the clock, the limits and the hooks.
class RunControl {
 public:
  RunControl(const StopOptions& stop, const RunHooks& hooks, bool reports)
      : stop_(stop), hooks_(hooks), reports_(reports) {}

  [[nodiscard]] double seconds() const { return clock_.seconds(); }
  [[nodiscard]] const StopOptions& stop() const { return stop_; }
  /// This process's wishes, to be added up over the group with the next reduction, so that all
  /// take the same branch: 1 when it was asked to stop, and 1 when the time is over.
  [[nodiscard]] double wants_interruption() const {
    return hooks_.stop_requested && hooks_.stop_requested() ? 1.0 : 0.0;
  }
  [[nodiscard]] double wants_time_limit() const {
    return seconds() >= stop_.max_seconds ? 1.0 : 0.0;
  }
  /// Tells the caller of an iteration, on the reporting process.
  void report(const RestartLog& log) const;

  /// Set once the group has agreed to stop early.
  void stop_early(StopReason reason) { early_ = reason; }
  [[nodiscard]] const std::optional<StopReason>& early() const { return early_; }
  /// From the reduced wishes: notes and returns whether the group stops.
  bool agree(double interruption, double time_limit);

 private:
  StopOptions stop_;
  const RunHooks& hooks_;
  bool reports_;
  Stopwatch clock_;
  std::optional<StopReason> early_;
};

}  // namespace partita
