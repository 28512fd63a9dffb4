#pragma once

#include "partita/comm/communicator.hpp"

#include <cstddef>
#include <span>

namespace partita {

/// Memory that the processes of one node share: an MPI-3 shared window. Process 0 of the
/// communicator gives the memory, all see it. Not initialised.
class SharedWindow {
 public:
  /// Collective over `comm`, whose processes must share memory (Communicator::split_by_node).
  /// @param bytes  of the whole window; what process 0 says counts.
  /// @throws Error (internal) when there is no such memory.
  SharedWindow(const Communicator& comm, Index bytes);
  /// Collective, but for unwinding.
  ~SharedWindow();
  SharedWindow(const SharedWindow&) = delete;
  SharedWindow& operator=(const SharedWindow&) = delete;

  /// Where the memory is in this process.
  [[nodiscard]] std::span<std::byte> bytes() const { return bytes_; }
  /// What was written before is seen by all after. Collective.
  void publish();

 private:
  MPI_Win window_ = MPI_WIN_NULL;
  std::span<std::byte> bytes_;
};

}  // namespace partita
