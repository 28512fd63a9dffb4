#include "comm/shared_window.hpp"

#include <exception>

#include "comm/collectives.hpp"

namespace partita {

SharedWindow::SharedWindow(const Communicator& comm, Index bytes) {
  broadcast(comm, std::span<Index>(&bytes, 1), 0);
  const MPI_Aint mine = comm.is_root() ? bytes : 0;
  void* here = nullptr;
  check_mpi(MPI_Win_allocate_shared(mine, 1, MPI_INFO_NULL, comm.handle(), &here, &window_),
            "MPI_Win_allocate_shared");
  check_mpi(MPI_Win_set_errhandler(window_, MPI_ERRORS_RETURN), "MPI_Win_set_errhandler");
  MPI_Aint size = 0;
  int unit = 0;
  check_mpi(MPI_Win_shared_query(window_, 0, &size, &unit, &here), "MPI_Win_shared_query");
  bytes_ = {static_cast<std::byte*>(here), static_cast<std::size_t>(bytes)};
}

SharedWindow::~SharedWindow() {
  // Freeing is collective: while an exception unwinds, the other processes may never come.
  if (window_ != MPI_WIN_NULL && std::uncaught_exceptions() == 0) MPI_Win_free(&window_);
}

void SharedWindow::publish() {
  check_mpi(MPI_Win_fence(0, window_), "MPI_Win_fence");
}

}  // namespace partita
