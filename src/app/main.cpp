#include "partita/comm/communicator.hpp"

#include <malloc.h>
#include <string>
#include <vector>

#include "program.hpp"
#include "signals.hpp"

namespace {

/// Arrays of this size and more go back to the system when they are freed. By default the limit
/// grows with what was freed before, and factors leave holes in the heap.
constexpr int kBytesGivenBack = 4 << 20;

}  // namespace

int main(int argc, char** argv) {
  // Only advice: without it everything works, with more memory.
  static_cast<void>(mallopt(M_MMAP_THRESHOLD, kBytesGivenBack));
  partita::app::watch_stop_signals();
  const partita::MpiEnvironment environment(&argc, &argv);
  const partita::Communicator world = partita::Communicator::world();
  return partita::app::run_program(world, std::vector<std::string>(argv + 1, argv + argc));
}
