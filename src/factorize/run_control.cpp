#include "partita/factorize/run_control.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace partita {

void RestartLog::record(Index iteration, double seconds, double relative_error, double objective) {
  if (!start_seconds_) start_seconds_ = seconds;
  seconds -= *start_seconds_;
  result_.trace.push_back({iteration, seconds, relative_error});
  result_.iterations = iteration;
  result_.relative_error = relative_error;
  result_.seconds = seconds;
  objectives_.push_back(objective);
}

bool RestartLog::finished() {
  const std::size_t count = objectives_.size();
  if (stop_.tolerance > 0 && count > window_) {
    const double fall = objectives_[count - 1 - window_] - objectives_.back();
    if (fall < stop_.tolerance * objectives_.back()) {
      result_.stop = StopReason::converged;
      return true;
    }
  }
  if (result_.iterations < stop_.max_iterations) return false;
  result_.stop = StopReason::max_iterations;
  return true;
}

void RestartLog::resume(ErrorTrace trace, std::vector<double> objectives, double seconds) {
  result_.trace = std::move(trace);
  objectives_ = std::move(objectives);
  const TracePoint& last = result_.trace.back();
  result_.iterations = last.iteration;
  result_.relative_error = last.relative_error;
  result_.seconds = last.seconds;
  start_seconds_ = seconds - last.seconds;
}

void RestartLog::retake_last(ErrorTrace trace, double seconds) {
  resume(std::move(trace), {}, seconds);
  result_.trace.pop_back();
}

void RunControl::report(const RestartLog& log) const {
  if (!is_root_ || !hooks_.on_iteration) return;
  hooks_.on_iteration({log.restart(), log.last().iteration, log.last().relative_error});
}

RunControl::Wishes RunControl::wishes() {
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
    early_ = StopReason::interrupted;
  } else if (sum[1] > 0) {
    early_ = StopReason::time_limit;
  }
  if (early_ && other_groups_ != nullptr) other_groups_->post(static_cast<int>(*early_));
  checkpoint_due_ = sum[2] > 0 || early_.has_value();
}

void RunControl::checkpoint_done() {
  last_checkpoint_ = seconds();
  checkpoint_due_ = false;
}

}  // namespace partita
