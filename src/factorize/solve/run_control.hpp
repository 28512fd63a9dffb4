#pragma once

#include "partita/base/work_log.hpp"
#include "partita/factorize/options.hpp"
#include "partita/factorize/result.hpp"
#include "partita/factorize/solve/run_hooks.hpp"

#include <array>
#include <limits>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/stopwatch.hpp"
#include "comm/notice_board.hpp"
#include "factorize/solve/stop_rule.hpp"

namespace partita {

/// Trace of one restart while it runs, and the rule that ends it.
class RestartLog {
 public:
  RestartLog(Index restart, const StopRule& rule) : rule_(rule) { result_.restart = restart; }

  /// The trace counts its seconds from here, before the first record.
  void begin_at(double seconds) { start_seconds_ = seconds; }
  /// Notes one iteration (0 is the start). @param seconds  of the group's clock; the trace counts
  /// from the first record unless it began before; errors and objective as in TracePoint.
  void record(const TracePoint& point);
  /// Whether the rule ends the restart at its last record, whose reason is noted then.
  [[nodiscard]] bool finished();
  void finish(StopReason reason) { result_.stop = reason; }
  /// From here on another rule holds; it looks at the trace from the last record on.
  void continue_with(const StopRule& rule) {
    rule_ = rule;
    judged_from_ = static_cast<Index>(trace().size()) - 1;
  }

  /// Goes on from a restart that was saved after its last record. @param judged_from  as it was
  /// then. @param seconds  the group's clock now.
  void resume(ErrorTrace trace, Index judged_from, double seconds);
  /// Goes on from a restart whose last point of the trace is to be taken again, as it was an
  /// estimate.
  void retake_last(ErrorTrace trace, double seconds);

  [[nodiscard]] const ErrorTrace& trace() const { return result_.trace; }
  /// Position in the trace from which on the rule looks at it; the length of the trace when the
  /// next record is the first.
  [[nodiscard]] Index judged_from() const { return judged_from_; }
  /// Whether a record is to come before there is anything to judge.
  [[nodiscard]] bool begins() const { return judged_from_ == static_cast<Index>(trace().size()); }
  [[nodiscard]] bool empty() const { return result_.trace.empty(); }
  [[nodiscard]] const TracePoint& last() const { return result_.trace.back(); }
  [[nodiscard]] Index restart() const { return result_.restart; }
  [[nodiscard]] RestartResult take() { return std::move(result_); }

 private:
  void note(const TracePoint& last);

  StopRule rule_;
  RestartResult result_;
  std::optional<double> start_seconds_;
  Index judged_from_ = 0;
};

/// Iteration that no restart reaches.
inline constexpr Index kNoPause = std::numeric_limits<Index>::max();

/// What all restarts of one group share while they run: the clock, the limits and the hooks.
///
/// Once an iteration every process adds its wishes to a reduction over the group and agrees on the
/// sum, so that all take the same branch.
class RunControl {
 public:
  using Wishes = std::array<double, 3>;

  /// @param is_root  whether this process reports and keeps the time of checkpoints for the group.
  /// @param checkpoint_every  seconds between checkpoints; infinity for none.
  /// @param other_groups  where a group that stops early tells the others; on group roots only,
  ///                      else nullptr. Borrowed.
  RunControl(const StopOptions& stop, const RunHooks& hooks, bool is_root, double checkpoint_every,
             NoticeBoard* other_groups)
      : stop_(stop),
        hooks_(hooks),
        is_root_(is_root),
        checkpoint_every_(checkpoint_every),
        other_groups_(other_groups) {}

  [[nodiscard]] double seconds() const { return clock_.seconds(); }
  /// Tells the caller of an iteration, on the reporting process.
  void report(const RestartLog& log) const;

  /// What this process wishes after an iteration: to be interrupted, to end before the time is over
  /// (as the next iteration would pass it), to write a checkpoint.
  [[nodiscard]] Wishes wishes();
  /// Takes the sum of all wishes, the same on every process of the group.
  void agree(std::span<const double> sum);
  /// The group stops before its next iteration. To be called on all of its processes.
  void stop(StopReason reason);
  /// Why the group stops early, once it has agreed to.
  [[nodiscard]] const std::optional<StopReason>& early() const { return early_; }
  /// Whether the group has agreed to save its state now.
  [[nodiscard]] bool checkpoint_due() const { return checkpoint_due_; }
  void checkpoint_done();

  /// What this process works in the solvers.
  [[nodiscard]] WorkLog& work() { return work_; }

  /// Restarts that reach this iteration are to wait there.
  void pause_at(Index iteration) { pause_ = iteration; }
  [[nodiscard]] Index pause() const { return pause_; }

 private:
  StopOptions stop_;
  const RunHooks& hooks_;
  bool is_root_;
  double checkpoint_every_;
  NoticeBoard* other_groups_;
  Stopwatch clock_;
  WorkLog work_;
  double last_iteration_end_ = 0;
  double last_checkpoint_ = 0;
  bool checkpoint_due_ = false;
  Index pause_ = kNoPause;
  std::optional<StopReason> early_;
};

}  // namespace partita
