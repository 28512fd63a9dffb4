#pragma once

#include <stdexcept>
#include <string>

namespace partita {

/// What went wrong, numbered by the exit code (sysexits) that a program should end with.
enum class ErrorKind : int {
  diverged = 1,        ///< no restart ended with a finite error, by the user's own numbers
  usage = 64,          ///< unknown, missing or contradictory options, sizes that do not fit
  bad_data = 65,       ///< the input is not what it claims to be
  no_input = 66,       ///< no such file
  internal = 70,       ///< a fault of partita itself
  cannot_create = 73,  ///< the output cannot be created
  input_output = 74,   ///< reading or writing failed half-way
  interrupted = 75,    ///< asked to stop, or out of time, before the end
};

/// The one exception type that crosses rooms. The message is one line for a person: what, where
/// (file, line or row and column, value) and what to do.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }

 private:
  ErrorKind kind_;
};

}  // namespace partita
