#include "comm/stop_notices.hpp"

#include "partita/comm/communicator.hpp"

namespace partita {

namespace {

constexpr int kTag = 0;

}  // namespace

StopNotices::StopNotices() {
  check_mpi(MPI_Comm_dup(MPI_COMM_WORLD, &comm_), "MPI_Comm_dup");
  check_mpi(MPI_Comm_set_errhandler(comm_, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
}

StopNotices::~StopNotices() {
  // The processes end: nobody waits for notices any more.
  for (MPI_Request& send : sends_) MPI_Request_free(&send);
}

int StopNotices::exchange(int mine) {
  int heard = 0;
  int arrived = 1;
  while (arrived != 0) {
    check_mpi(MPI_Iprobe(MPI_ANY_SOURCE, kTag, comm_, &arrived, MPI_STATUS_IGNORE), "MPI_Iprobe");
    if (arrived == 0) break;
    check_mpi(MPI_Recv(&heard, 1, MPI_INT, MPI_ANY_SOURCE, kTag, comm_, MPI_STATUS_IGNORE),
              "MPI_Recv");
  }
  const int signal = mine != 0 ? mine : heard;
  if (signal != 0 && told_ == 0) tell(signal);
  return heard;
}

void StopNotices::tell(int signal) {
  told_ = signal;
  int rank = 0;
  int size = 1;
  check_mpi(MPI_Comm_rank(comm_, &rank), "MPI_Comm_rank");
  check_mpi(MPI_Comm_size(comm_, &size), "MPI_Comm_size");
  for (int step = 1; step<size; step = step> size / 2 ? size : 2 * step) {
    MPI_Request& send = sends_.emplace_back(MPI_REQUEST_NULL);
    check_mpi(MPI_Isend(&told_, 1, MPI_INT, (rank + step) % size, kTag, comm_, &send), "MPI_Isend");
  }
}

}  // namespace partita
