#pragma once

#include <limits>
#include <string>

namespace partita {

enum class ResumePolicy { automatic, never, require };

/// Where and how often a run saves its state. Without a folder it does not.
struct CheckpointOptions {
  std::string folder = {};  ///< on a file system that all processes share
  double every = std::numeric_limits<double>::infinity();  ///< seconds; also when it stops early
  ResumePolicy resume = ResumePolicy::automatic;

  [[nodiscard]] bool enabled() const { return !folder.empty(); }
};

}  // namespace partita
