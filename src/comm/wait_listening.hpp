#pragma once

#include "partita/comm/communicator.hpp"

namespace partita {

/// Waits until every process has come here, for as long as that may take: without keeping a core
/// busy, and passing on a request to stop that this process hears meanwhile. Collective over
/// `comm`. @throws Error (internal) when MPI fails.
void wait_listening(const Communicator& comm);

}  // namespace partita
