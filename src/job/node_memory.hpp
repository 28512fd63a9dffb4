#pragma once

#include "partita/comm/communicator.hpp"
#include "partita/layout/job_plan.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace partita {

/// Where a node's memory is looked up.
struct MemorySources {
  std::filesystem::path root = "/";  ///< below it proc/ and sys/fs/cgroup/
  /// Value of an environment variable, if it is set.
  std::function<std::optional<std::string>(const std::string&)> environment;

  /// This machine.
  static MemorySources here();
};

/// Bytes that processes of this job may still take on this node: the least of what the system has
/// available, what the control group (version 1 or 2) leaves, and what SLURM granted;
/// PARTITA_MEMORY_LIMIT stands in for all three. Infinite when nothing is known.
/// @throws Error (usage) when PARTITA_MEMORY_LIMIT is no size.
[[nodiscard]] double available_on_node(const MemorySources& sources);

/// Bytes that are free in the file system of shared memory, where windows of MPI lie; 0 when there
/// is none.
[[nodiscard]] double shareable_on_node(const MemorySources& sources);

/// Memory and processes of the tightest node of the job.
struct NodeMemory {
  double available = 0;  ///< bytes, on the node where a process gets least
  Index processes = 1;   ///< on that node
  double shareable = 0;  ///< bytes that processes of a node can share, on the node with least
  [[nodiscard]] double per_process() const { return available / static_cast<double>(processes); }
};

/// The same on every process. Collective over `world`.
[[nodiscard]] NodeMemory measure_memory(const Communicator& world, const MemorySources& sources);

/// @throws Error (usage) with the numbers when the plan needs more than there is.
void check_memory(const JobPlan& plan, const NodeMemory& memory);

/// The same for so many bytes. @param advice  what to do about it.
void check_memory(double bytes_per_process, const NodeMemory& memory, const std::string& advice);

/// "1.5 GiB".
[[nodiscard]] std::string readable_bytes(double bytes);

}  // namespace partita
