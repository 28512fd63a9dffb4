#include "base/threads.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <vector>

#ifdef _OPENMP
#include <omp.h>
#endif

namespace partita {

namespace {

Index threads_in_use = 1;

}  // namespace

bool has_threads() {
#ifdef _OPENMP
  return true;
#else
  return false;
#endif
}

Index thread_count() {
  return threads_in_use;
}

ThreadScope::ThreadScope(Index threads) : before_(threads_in_use) {
  if (threads < 1 || (threads > 1 && !has_threads())) {
    throw Error(ErrorKind::internal,
                "this build cannot use " + std::to_string(threads) + " threads");
  }
  threads_in_use = threads;
}

ThreadScope::~ThreadScope() {
  threads_in_use = before_;
}

void deal_to_threads(Index count, const std::function<void(Index, Index)>& work) {
  const Index threads = std::min(thread_count(), count);
  if (threads <= 1) {
    for (Index item = 0; item < count; ++item) work(0, item);
    return;
  }
  // No exception may leave the parallel region.
  std::vector<std::exception_ptr> failures(static_cast<std::size_t>(threads));
#ifdef _OPENMP
#pragma omp parallel for schedule(static, 1) num_threads(static_cast <int>(threads))
  for (Index item = 0; item < count; ++item) {
    const int thread = omp_get_thread_num();
    std::exception_ptr& failure = failures[static_cast<std::size_t>(thread)];
    if (failure) continue;
    try {
      work(thread, item);
    } catch (...) {
      failure = std::current_exception();
    }
  }
#endif
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
}

}  // namespace partita
