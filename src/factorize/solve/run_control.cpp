#include "factorize/solve/run_control.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/stop_exchange.hpp"

namespace partita {

void RestartLog::record(const TracePoint& point) {
  if (!start_seconds_) start_seconds_ = point.seconds;
  TracePoint& last = result_.trace.emplace_back(point);
  last.seconds -= *start_seconds_;
  note(last);
}

/// The last point is what the result says.
void RestartLog::note(const TracePoint& last) {
  result_.iterations = last.iteration;
  result_.relative_error = last.relative_error;
  result_.objective = last.objective;
  result_.seconds = last.seconds;
}

bool RestartLog::finished() {
  const auto judged = std::span(trace()).subspan(static_cast<std::size_t>(judged_from_));
  const std::optional<StopReason> reason = rule_(judged);
  if (reason) result_.stop = *reason;
  return reason.has_value();
}

void RestartLog::resume(ErrorTrace trace, Index judged_from, double seconds) {
  result_.trace = std::move(trace);
  judged_from_ = judged_from;
  note(result_.trace.back());
  start_seconds_ = seconds - result_.seconds;
}

void RestartLog::retake_last(ErrorTrace trace, double seconds) {
  const auto kept = static_cast<Index>(trace.size()) - 1;
  resume(std::move(trace), kept, seconds);
  result_.trace.pop_back();
}

void RunControl::report(const RestartLog& log) const {
  if (!is_root_ || !hooks_.on_iteration) return;
  hooks_.on_iteration({log.restart(), log.last().iteration, log.last().relative_error});
}

RunControl::Wishes RunControl::wishes() {
  exchange_stop_requests();
  const double now = seconds();
  const double iteration = now - std::exchange(last_iteration_end_, now);
  constexpr int kNothing = -1;
  const int told = other_groups_ != nullptr ? other_groups_->heard().value_or(kNothing) : kNothing;
  const auto others_stop = [&](StopReason reason) { return told == static_cast<int>(reason); };
  const double left = std::min(
      stop_.max_seconds - now,
      hooks_.seconds_left ? hooks_.seconds_left() : std::numeric_limits<double>::infinity());
  const auto wish = [](bool wanted) { return wanted ? 1.0 : 0.0; };
  return {wish((hooks_.stop_requested && hooks_.stop_requested()) ||
               others_stop(StopReason::interrupted)),
          wish(left <= iteration || others_stop(StopReason::time_limit)),
          wish(is_root_ && now - last_checkpoint_ >= checkpoint_every_)};
}

void RunControl::agree(std::span<const double> sum) {
  if (sum[0] > 0) {
    stop(StopReason::interrupted);
  } else if (sum[1] > 0) {
    stop(StopReason::time_limit);
  }
  checkpoint_due_ = sum[2] > 0 || early_.has_value();
}

void RunControl::stop(StopReason reason) {
  early_ = reason;
  if (other_groups_ != nullptr) other_groups_->post(static_cast<int>(reason));
}

void RunControl::checkpoint_done() {
  last_checkpoint_ = seconds();
  checkpoint_due_ = false;
}

}  // namespace partita
