#include "job/node_memory.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <sstream>
#include <vector>

#include "base/number_of_text.hpp"
#include "comm/agreement.hpp"
#include "comm/collectives.hpp"

namespace partita {

namespace {

namespace fs = std::filesystem;

constexpr double kUnlimited = std::numeric_limits<double>::infinity();
constexpr double kMebibyte = 1024.0 * 1024.0;

/// The number that a file holds; nothing when there is no file or no number ("max").
std::optional<double> number_in(const fs::path& file) {
  std::ifstream stream(file);
  double value = 0;
  if (stream >> value) return value;
  return {};
}

/// The number after `key` in a file of "key number" lines.
std::optional<double> number_after(const fs::path& file, const std::string& key) {
  std::ifstream stream(file);
  std::string word;
  double value = 0;
  while (stream >> word) {
    if (word == key && stream >> value) return value;
  }
  return {};
}

double available_in_system(const fs::path& root) {
  const auto kibibytes = number_after(root / "proc/meminfo", "MemAvailable:");
  return kibibytes ? *kibibytes * 1024 : kUnlimited;
}

/// Names of the files of one version of control groups.
struct GroupFiles {
  const char* limit;
  const char* use;
  const char* reclaimable;  ///< in memory.stat: file cache that gives way
};
constexpr GroupFiles kVersion2{"memory.max", "memory.current", "inactive_file"};
constexpr GroupFiles kVersion1{"memory.limit_in_bytes", "memory.usage_in_bytes",
                               "total_inactive_file"};

/// What a group and all that enclose it leave. Inside a container the group's own path may not
/// exist below `mount`; then the mount itself is the group.
double left_by_groups(const fs::path& mount, const fs::path& group, const GroupFiles& files) {
  double left = kUnlimited;
  for (fs::path path = group.relative_path();; path = path.parent_path()) {
    const fs::path folder = mount / path;
    const auto limit = number_in(folder / files.limit);
    const auto use = number_in(folder / files.use);
    if (limit && use) {
      const double cache = number_after(folder / "memory.stat", files.reclaimable).value_or(0);
      left = std::min(left, std::max(0.0, *limit - (*use - cache)));
    }
    if (path.empty()) return left;
  }
}

/// Whether a list with commas holds `name`.
bool lists(const std::string& list, const std::string& name) {
  std::istringstream words(list);
  for (std::string word; std::getline(words, word, ',');) {
    if (word == name) return true;
  }
  return false;
}

double left_in_control_group(const fs::path& root) {
  std::ifstream groups(root / "proc/self/cgroup");
  double left = kUnlimited;
  for (std::string line; std::getline(groups, line);) {
    // "0::/path" in version 2, "7:cpu,memory:/path" in version 1.
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const fs::path group = line.substr(second + 1);
    const fs::path mount = root / "sys/fs/cgroup";
    if (controllers.empty()) left = std::min(left, left_by_groups(mount, group, kVersion2));
    if (lists(controllers, "memory")) {
      left = std::min(left, left_by_groups(mount / "memory", group, kVersion1));
    }
  }
  return left;
}

/// SLURM gives mebibytes; 0 means the whole node.
double granted_by_slurm(const MemorySources& sources) {
  const auto number = [&](const char* name) {
    double value = 0;
    const auto text = sources.environment(name);
    return text && read_whole(*text, value) ? value : 0.0;
  };
  double granted = kUnlimited;
  const double per_node = number("SLURM_MEM_PER_NODE");
  if (per_node > 0) granted = per_node * kMebibyte;
  const double per_cpu = number("SLURM_MEM_PER_CPU") * number("SLURM_CPUS_ON_NODE");
  if (per_cpu > 0) granted = std::min(granted, per_cpu * kMebibyte);
  return granted;
}

}  // namespace

MemorySources MemorySources::here() {
  MemorySources sources;
  sources.environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return {};
    return value;
  };
  return sources;
}

double available_on_node(const MemorySources& sources) {
  constexpr const char* kOverride = "PARTITA_MEMORY_LIMIT";
  if (const auto limit = sources.environment(kOverride)) return parse_bytes(kOverride, *limit);
  return std::min({available_in_system(sources.root), left_in_control_group(sources.root),
                   granted_by_slurm(sources)});
}

double shareable_on_node(const MemorySources& sources) {
  std::error_code failure;
  const fs::space_info space = fs::space(sources.root / "dev/shm", failure);
  return failure ? 0 : static_cast<double>(space.available);
}

NodeMemory measure_memory(const Communicator& world, const MemorySources& sources) {
  const Communicator node = world.split_by_node();
  double available = 0;
  together(world, [&] { available = available_on_node(sources); });
  available = min_over(node, available);
  const double per_process = available / node.size();
  const double tightest = min_over(world, per_process);
  // One process on a node as tight as the tightest speaks for it.
  const int speaker = first_where(world, per_process == tightest);
  NodeMemory memory{available, node.size(), min_over(world, shareable_on_node(sources))};
  broadcast(world, std::span<double>(&memory.available, 1), speaker);
  broadcast(world, std::span<Index>(&memory.processes, 1), speaker);
  return memory;
}

void check_memory(const JobPlan& plan, const NodeMemory& memory) {
  const bool many_restarts = plan.bytes_of_results > plan.bytes_per_process / 2;
  check_memory(plan.bytes_per_process, memory,
               many_restarts ? "most of it for the results of " + std::to_string(plan.restarts) +
                                   " restarts: use fewer --restarts, or runs of a share each "
                                   "(--restart-range) and 'partita merge'"
                             : "use more nodes, fewer --groups, a smaller --batch or "
                               "--precision single");
}

void check_memory(double bytes_per_process, const NodeMemory& memory, const std::string& advice) {
  if (bytes_per_process <= memory.per_process()) return;
  throw Error(ErrorKind::usage, "the job does not fit into memory: each process needs about " +
                                    readable_bytes(bytes_per_process) + ", and " +
                                    std::to_string(memory.processes) +
                                    " of them share a node with " +
                                    readable_bytes(memory.available) + " available; " + advice);
}

std::string readable_bytes(double bytes) {
  constexpr std::array kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  if (!std::isfinite(bytes)) return "unlimited";
  std::size_t unit = 0;
  while (bytes >= 1024 && unit + 1 < kUnits.size()) {
    bytes /= 1024;
    ++unit;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", bytes, kUnits[unit]);
  return text.data();
}

}  // namespace partita
