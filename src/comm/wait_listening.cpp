#include "comm/wait_listening.hpp"

#include <chrono>
#include <thread>

#include "base/stop_exchange.hpp"

namespace partita {

void wait_listening(const Communicator& comm) {
  MPI_Request request = MPI_REQUEST_NULL;
  check_mpi(MPI_Ibarrier(comm.handle(), &request), "MPI_Ibarrier");
  while (true) {
    int all_here = 0;
    check_mpi(MPI_Test(&request, &all_here, MPI_STATUS_IGNORE), "MPI_Test");
    if (all_here != 0) return;
    exchange_stop_requests();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace partita
