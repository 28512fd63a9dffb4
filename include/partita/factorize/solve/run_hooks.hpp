#pragma once

#include "partita/base/index.hpp"

#include <functional>
#include <string>

namespace partita {

/// What a caller hears of while factorize() runs, on the process that calls it.
struct Progress {
  Index restart = 0;
  Index iteration = 0;
  double relative_error = 0;
};

/// Hooks into a run; each may be empty.
struct RunHooks {
  /// After every iteration of every restart, on rank 0 of each group.
  std::function<void(const Progress&)> on_iteration;
  /// Polled on every process once an iteration: true asks the whole group to stop.
  std::function<bool()> stop_requested;
  /// Polled like the above: seconds until this process will be ended from outside.
  std::function<double()> seconds_left;
  /// Something went wrong that the run survives, on rank 0 of a group.
  std::function<void(const std::string&)> on_warning;
};

}  // namespace partita
