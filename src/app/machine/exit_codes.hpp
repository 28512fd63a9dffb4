#pragma once

namespace partita::app {

// The codes that are not of a failure (those are numbered by ErrorKind).
inline constexpr int kDone = 0;
/// A time limit or a signal ended the run early.
inline constexpr int kStoppedEarly = 75;

}  // namespace partita::app
