/// comm/: MPI behind types: environment, communicators, checked collectives with 64-bit counts, the
/// process grid, agreement on failures. It knows neither matrices' meaning nor files.
#pragma once

#include "partita/comm/traffic.hpp"

#include <memory>
#include <string>

#include <mpi.h>

namespace partita {

/// Throws Error (internal) naming `call` unless `code` is MPI_SUCCESS.
void check_mpi(int code, const char* call);

/// Initialises MPI for the life of the object; one per program, made first in main.
/// When it is destroyed by an exception, MPI_Abort ends all processes: finalising would wait for
/// processes that are stuck in a collective.
class MpiEnvironment {
 public:
  MpiEnvironment(int* argc, char*** argv);
  ~MpiEnvironment();
  MpiEnvironment(const MpiEnvironment&) = delete;
  MpiEnvironment& operator=(const MpiEnvironment&) = delete;
};

/// Prints rank and cause, then ends every process of the job with `code`. For failures that the
/// other processes cannot know of.
[[noreturn]] void abort_all(const std::string& cause, int code);

/// Owner of one MPI communicator (move-only, freed in the destructor); lower layers borrow a
/// reference. Errors are returned and checked (MPI_ERRORS_RETURN).
class Communicator {
 public:
  /// A duplicate of MPI_COMM_WORLD. Collective over all processes.
  static Communicator world();
  /// Collective over this communicator: processes that give the same colour share the new one,
  /// ordered by their rank here.
  [[nodiscard]] Communicator split(int colour) const;
  /// Collective: the processes that share memory with this one (one node).
  [[nodiscard]] Communicator split_by_node() const;

  Communicator(Communicator&& other) noexcept;
  Communicator& operator=(Communicator&& other) noexcept;
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;
  ~Communicator();

  [[nodiscard]] int rank() const { return rank_; }
  [[nodiscard]] int size() const { return size_; }
  [[nodiscard]] bool is_root() const { return rank_ == 0; }
  [[nodiscard]] MPI_Comm handle() const { return handle_; }
  /// What collectives over this communicator and its splits have moved so far.
  [[nodiscard]] TrafficLog& traffic() const { return *traffic_; }

 private:
  Communicator(MPI_Comm handle, std::shared_ptr<TrafficLog> traffic);
  void release() noexcept;

  MPI_Comm handle_ = MPI_COMM_NULL;
  int rank_ = 0;
  int size_ = 1;
  std::shared_ptr<TrafficLog> traffic_;
};

}  // namespace partita
