#pragma once

#include "partita/base/index.hpp"
#include "partita/comm/communicator.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace partita {

/// What goes to one process while as much comes from another, and their owner does other things: a
/// step of a ring, in which everybody sends to the one before and hears from the one behind. Begins
/// with the object and ends with wait(), on sender and receiver alike.
class PendingShift {
 public:
  /// @param out  not written, @param in  neither read nor written before wait() has returned.
  template <class T>
  PendingShift(const Communicator& comm, int to, std::span<const T> out, int from, std::span<T> in)
      : PendingShift(comm, to, std::as_bytes(out), from, std::as_writable_bytes(in),
                     static_cast<double>(in.size())) {}
  ~PendingShift();
  PendingShift(const PendingShift&) = delete;
  PendingShift& operator=(const PendingShift&) = delete;
  /// @throws Error (internal) when MPI fails.
  void wait();

 private:
  PendingShift(const Communicator& comm, int to, std::span<const std::byte> out, int from,
               std::span<std::byte> in, double words);

  const Communicator& comm_;
  std::vector<MPI_Request> requests_;
};

}  // namespace partita
