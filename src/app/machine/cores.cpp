#include "cores.hpp"

#include <algorithm>
#include <array>
#include <sched.h>
#include <unistd.h>
#include <vector>

#include "comm/collectives.hpp"

namespace partita::app {

namespace {

/// 1 for each core of this node that this process may run on; all where the system does not say.
std::vector<int> allowed_cores() {
  const long configured = sysconf(_SC_NPROCESSORS_CONF);
  std::vector<int> allowed(static_cast<std::size_t>(std::max(configured, 1L)), 1);
  cpu_set_t* const set = CPU_ALLOC(allowed.size());
  if (set == nullptr) return allowed;
  const std::size_t bytes = CPU_ALLOC_SIZE(allowed.size());
  const bool known = sched_getaffinity(0, bytes, set) == 0;
  for (std::size_t core = 0; known && core < allowed.size(); ++core) {
    allowed[core] = CPU_ISSET_S(core, bytes, set) != 0 ? 1 : 0;
  }
  CPU_FREE(set);
  return allowed;
}

std::string counted(Index count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

}  // namespace

std::string crowding(const Communicator& world, Index threads) {
  const Communicator node = world.split_by_node();
  std::vector<int> allowed = allowed_cores();
  const Index mine = std::ranges::count(allowed, 1);
  // The same length everywhere: a node has one number of cores.
  sum_over(node, std::span<int>(allowed));
  const Index together = static_cast<Index>(allowed.size()) - std::ranges::count(allowed, 0);
  const Index fewest = min_over(world, mine);
  if (fewest < threads) {
    return "a process of " + counted(threads, "thread") + " is bound to " +
           counted(fewest, "core") +
           ": start the job with mpirun --map-by slot:PE=" + std::to_string(threads) +
           " or srun --cpus-per-task=" + std::to_string(threads);
  }
  const Index excess = node.size() * threads - together;
  const Index most = max_over(world, excess);
  if (most <= 0) return "";
  // one process on a node as crowded as the most crowded speaks for it
  const int speaker = first_where(world, excess == most);
  std::array<Index, 2> numbers{node.size(), together};
  broadcast(world, std::span<Index>(numbers), speaker);
  return std::to_string(numbers[0]) + (numbers[0] == 1 ? " process" : " processes") + " x " +
         counted(threads, "thread") + " share the " + counted(numbers[1], "core") +
         " that the job may use on a node: it will be slower than with one core a thread" +
         (threads > 1 ? "; OMP_WAIT_POLICY=passive helps" : "");
}

}  // namespace partita::app
