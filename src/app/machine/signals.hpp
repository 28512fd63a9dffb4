#pragma once

namespace partita::app {

/// Makes SIGTERM, SIGINT, SIGUSR1 and SIGUSR2 ask this process to stop in good order
/// (request_stop). A second one ends the
/// process at once; launchers that deliver one signal twice within a second are forgiven. To be
/// called before MPI starts, so that no signal finds the process unprepared.
void watch_stop_signals();

/// Whether this process was asked to stop.
[[nodiscard]] bool stop_signalled();

}  // namespace partita::app
