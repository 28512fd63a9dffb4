#pragma once

namespace partita::app {

// The codes that are not of a failure (those are numbered by ErrorKind).
inline constexpr int kDone = 0;
/// A time limit or a signal ended the run early; the same command continues it.
inline constexpr int kStoppedEarly = 75;
/// A signal ended the command before there was anything to continue: so much and its number.
inline constexpr int kSignalled = 128;

}  // namespace partita::app
