#include "comm/ring_shift.hpp"

#include <algorithm>
#include <exception>

#include "base/stopwatch.hpp"

namespace partita {

namespace {

constexpr int kTag = 3;
constexpr std::size_t kBytesPerCall = std::size_t{1} << 30;

/// Calls piece(begin, count) for consecutive pieces of so many bytes that fit one MPI call.
template <class Piece>
void in_pieces(std::size_t bytes, Piece piece) {
  for (std::size_t begin = 0; begin < bytes; begin += kBytesPerCall) {
    piece(begin, static_cast<int>(std::min(kBytesPerCall, bytes - begin)));
  }
}

}  // namespace

PendingShift::PendingShift(const Communicator& comm, int to, std::span<const std::byte> out,
                           int from, std::span<std::byte> in, double words)
    : comm_(comm) {
  const Stopwatch clock;
  in_pieces(in.size(), [&](std::size_t begin, int count) {
    check_mpi(MPI_Irecv(in.data() + begin, count, MPI_BYTE, from, kTag, comm.handle(),
                        &requests_.emplace_back(MPI_REQUEST_NULL)),
              "MPI_Irecv");
  });
  in_pieces(out.size(), [&](std::size_t begin, int count) {
    check_mpi(MPI_Isend(out.data() + begin, count, MPI_BYTE, to, kTag, comm.handle(),
                        &requests_.emplace_back(MPI_REQUEST_NULL)),
              "MPI_Isend");
  });
  comm_.traffic().add(Collective::shift, words, clock.seconds());
}

PendingShift::~PendingShift() {
  // While an exception unwinds, the other processes may never come.
  if (!requests_.empty() && std::uncaught_exceptions() == 0) {
    MPI_Waitall(static_cast<int>(requests_.size()), requests_.data(), MPI_STATUSES_IGNORE);
  }
}

void PendingShift::wait() {
  if (requests_.empty()) return;
  const Stopwatch clock;
  check_mpi(MPI_Waitall(static_cast<int>(requests_.size()), requests_.data(), MPI_STATUSES_IGNORE),
            "MPI_Waitall");
  requests_.clear();
  comm_.traffic().add_seconds(Collective::shift, clock.seconds());
}

}  // namespace partita
