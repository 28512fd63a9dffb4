#include "factorize/run/checkpoint_folder.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <set>
#include <sstream>
#include <system_error>

#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "io/files/atomic_file.hpp"
#include "io/files/checkpoint_file.hpp"

namespace partita {

namespace {

constexpr const char* kPrefix = "group-";
constexpr const char* kSuffix = ".checkpoint";

bool is_checkpoint(const std::string& name) {
  return name.starts_with(kPrefix) &&
         (name.ends_with(kSuffix) || name.ends_with(std::string(kSuffix) + kPreviousCheckpoint));
}

/// What a process that was killed left half written.
bool is_leftover(const std::string& name) {
  return name.starts_with(std::string(".") + kPrefix) && name.ends_with(kPartialSuffix);
}

/// Names in a folder that are wanted, in order, found by rank 0. Collective.
std::vector<std::string> names_in(const Communicator& comm, const std::string& folder,
                                  const std::function<bool(const std::string&)>& wanted) {
  std::string list;
  if (comm.is_root()) {
    std::error_code missing;
    for (const auto& entry : std::filesystem::directory_iterator(folder, missing)) {
      const std::string name = entry.path().filename().string();
      if (wanted(name)) list += name + "\n";
    }
  }
  broadcast(comm, list, 0);
  std::vector<std::string> names;
  std::istringstream lines(list);
  for (std::string name; std::getline(lines, name);) names.push_back(name);
  std::ranges::sort(names);
  return names;
}

}  // namespace

std::string checkpoint_name(Index group) {
  return kPrefix + std::to_string(group) + kSuffix;
}

std::vector<std::string> checkpoint_names(const Communicator& comm, const std::string& folder) {
  return names_in(comm, folder, is_checkpoint);
}

bool holds_checkpoints(const std::string& folder) {
  std::error_code missing;
  const std::filesystem::directory_iterator entries(folder, missing);
  return std::any_of(begin(entries), end(entries), [](const auto& entry) {
    return is_checkpoint(entry.path().filename().string());
  });
}

void remove_checkpoints(const Communicator& world, const std::string& folder, Index kept_groups) {
  std::set<std::string> kept;
  for (Index group = 0; group < kept_groups; ++group) kept.insert(checkpoint_name(group));
  const std::vector<std::string> names = names_in(world, folder, [&](const std::string& name) {
    return (is_checkpoint(name) && !kept.contains(name)) || is_leftover(name);
  });
  together(world, [&] {
    if (!world.is_root()) return;
    std::error_code failure;
    for (const std::string& name : names) {
      std::filesystem::remove(folder + "/" + name, failure);
      if (failure) {
        throw Error(ErrorKind::input_output,
                    folder + "/" + name + ": cannot be removed: " + failure.message());
      }
    }
    if (kept_groups == 0) std::filesystem::remove(folder, failure);  // only if it is empty
  });
}

}  // namespace partita
