#pragma once

#include "partita/base/error.hpp"

#include <limits>

namespace partita {

// Long work asks now and then whether it is to go on. Nobody is torn out of a collective: a process
// throws only where somebody has promised to tell the others.

/// Asks this process to stop. To be called by handlers of signals; the first call counts.
void request_stop(int signal) noexcept;
/// The signal that asked this process to stop; 0 while none has.
[[nodiscard]] int stop_signal() noexcept;

/// @throws Error (interrupted) when this process was asked to stop, or its time is over, inside an
/// Interruptible and outside of every InterruptionHold. Cheap: for every panel, row or piece of a
/// file. From any thread.
void check_interrupted();
/// What check_interrupted() throws.
[[nodiscard]] Error interruption();

/// While one lives, check_interrupted() may throw: its owner turns that into the same error on all
/// processes, as together() does.
class Interruptible {
 public:
  Interruptible() noexcept;
  ~Interruptible();
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;
};

/// While one lives, check_interrupted() does not throw until that many seconds after the request:
/// what is under way ends and is saved.
class InterruptionHold {
 public:
  explicit InterruptionHold(double seconds = std::numeric_limits<double>::infinity()) noexcept;
  ~InterruptionHold();
  InterruptionHold(const InterruptionHold&) = delete;
  InterruptionHold& operator=(const InterruptionHold&) = delete;

 private:
  double before_;
};
/// Whether an InterruptionHold of any length lives.
[[nodiscard]] bool interruption_held() noexcept;

/// While it lives, the time of this process is over so many seconds after it was made. One at a
/// time.
class TimeLimit {
 public:
  /// @param seconds  may be infinite.
  explicit TimeLimit(double seconds) noexcept;
  ~TimeLimit();
  TimeLimit(const TimeLimit&) = delete;
  TimeLimit& operator=(const TimeLimit&) = delete;
};

}  // namespace partita
