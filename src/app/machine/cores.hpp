#pragma once

#include "partita/comm/communicator.hpp"

#include <string>

namespace partita::app {

/// What is wrong with so many threads a process on the cores that the job may use (as the launcher
/// and the system bound its processes), and what to do; empty when each thread has a core. Speaks
/// of the worst node. The same on every process. Collective over `world`.
[[nodiscard]] std::string crowding(const Communicator& world, Index threads);

}  // namespace partita::app
