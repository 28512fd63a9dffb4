#pragma once

#include "partita/base/index.hpp"

#include <functional>

namespace partita {

/// Whether this build can use more than one thread a process (OpenMP).
[[nodiscard]] bool has_threads();

/// Threads that local work of this process is dealt to: 1 outside of every ThreadScope.
[[nodiscard]] Index thread_count();

/// Sets thread_count() for the life of the object. Made outside of dealt work only.
class ThreadScope {
 public:
  /// @throws Error (internal) when threads < 1, or > 1 in a build without threads.
  explicit ThreadScope(Index threads);
  ~ThreadScope();
  ThreadScope(const ThreadScope&) = delete;
  ThreadScope& operator=(const ThreadScope&) = delete;

 private:
  Index before_;
};

/// Calls work(thread, item) once for each item of 0 .. count. Thread t takes items t, t + threads,
/// ... in ascending order, so that sums kept by thread are the same every time. Returns when all is
/// done; of exceptions, the one of the lowest thread is thrown. The work must not call MPI.
void deal_to_threads(Index count, const std::function<void(Index thread, Index item)>& work);

}  // namespace partita
