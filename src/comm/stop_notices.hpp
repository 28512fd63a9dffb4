#pragma once

#include <vector>

#include <mpi.h>

namespace partita {

/// A request to stop on its way through all processes: whoever has heard of it tells those that are
/// 1, 2, 4, ... ranks further, so that it reaches every process in few steps.
class StopNotices {
 public:
  /// Collective over all processes.
  StopNotices();
  StopNotices(const StopNotices&) = delete;
  StopNotices& operator=(const StopNotices&) = delete;
  /// Not collective; MPI may not have been finalised.
  ~StopNotices();

  /// @param mine  signal that this process has heard; 0 for none.
  /// @return one that another process has told of; 0 for none. Local.
  int exchange(int mine);

 private:
  void tell(int signal);

  MPI_Comm comm_ = MPI_COMM_NULL;
  int told_ = 0;  ///< must stay while it is being sent
  std::vector<MPI_Request> sends_;
};

}  // namespace partita
