#include "partita/factorize/run_control.hpp"

namespace partita {

void RestartLog::record(Index iteration, double seconds, double relative_error, double objective) {
  if (result_.trace.empty()) start_seconds_ = seconds;
  seconds -= start_seconds_;
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

void RunControl::report(const RestartLog& log) const {
  if (!reports_ || !hooks_.on_iteration) return;
  hooks_.on_iteration({log.restart(), log.last().iteration, log.last().relative_error});
}

bool RunControl::agree(double interruption, double time_limit) {
  if (interruption > 0) {
    early_ = StopReason::interrupted;
  } else if (time_limit > 0) {
    early_ = StopReason::time_limit;
  }
  return early_.has_value();
}

}  // namespace partita
