#include "partita/comm/communicator.hpp"

#include <csignal>
#include <cstdlib>
#include <malloc.h>
#include <string>
#include <sys/resource.h>
#include <vector>

#include "program.hpp"
#include "signals.hpp"

namespace {

/// Arrays of this size and more go back to the system when they are freed. By default the limit
/// grows with what was freed before, and factors leave holes in the heap.
constexpr int kBytesGivenBack = 4 << 20;

/// A file that would exceed the limit of its size (`ulimit -f`) is a failed write with a message,
/// not a death by a signal. Started without a launcher, MPI would itself share facts about the job
/// in files of some megabytes and die of the limit; it can do without them.
void expect_limited_files() {
  static_cast<void>(std::signal(SIGXFSZ, SIG_IGN));
  constexpr rlim_t kBytesOfMpi = 64 << 20;
  rlimit limit{};
  const bool launched = std::getenv("PMIX_RANK") != nullptr;
  if (launched || getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur >= kBytesOfMpi) return;
  static_cast<void>(setenv("PMIX_MCA_gds", "hash", 0));
}

}  // namespace

int main(int argc, char** argv) {
  // Only advice: without it everything works, with more memory.
  static_cast<void>(mallopt(M_MMAP_THRESHOLD, kBytesGivenBack));
  expect_limited_files();
  partita::app::watch_stop_signals();
  const partita::MpiEnvironment environment(&argc, &argv);
  const partita::Communicator world = partita::Communicator::world();
  return partita::app::run_program(world, std::vector<std::string>(argv + 1, argv + argc));
}
