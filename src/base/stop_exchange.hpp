#pragma once

namespace partita {

/// Tells the other processes of the signal that asked this one to stop (0: none has), and returns
/// one that they have told of (0: none). Quick: nobody waits for an answer.
using StopExchange = int (*)(int mine);

/// check_interrupted() calls it now and then, on the thread that has installed it, so that work
/// which one process gives up ends on the others too. nullptr removes it.
void install_stop_exchange(StopExchange exchange);

/// Does so now, on that thread: to be called before this process waits for the others.
void exchange_stop_requests();

}  // namespace partita
