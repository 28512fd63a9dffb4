#pragma once

#include "partita/comm/communicator.hpp"
#include "partita/factorize/result.hpp"
#include "partita/factorize/run/checkpoint_options.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/stopwatch.hpp"
#include "select/measure/fit_task.hpp"

namespace partita {

/// What fits have told so far, kept in a folder, so that a run that was interrupted goes on with
/// the others. One file a group; each holds all that its group knows.
class SavedFits {
 public:
  using Warn = std::function<void(const std::string&)>;

  /// Reads what is there, unless that is not wanted; then it is removed. Collective over `world`.
  /// @param identity  all that decides what a fit tells; that of process 0 counts.
  /// @param warn  hears of files that cannot be used, on process 0.
  /// @throws Error (usage) when the folder is of another run, or has to hold one and does not;
  /// (input_output), on every process.
  SavedFits(const Communicator& world, CheckpointOptions options, RunIdentity identity, Warn warn);

  /// What was found in the folder or added since. The same on every process once shared.
  [[nodiscard]] std::optional<FitMeasures> find(const FitTask& task) const;
  [[nodiscard]] std::size_t size() const { return known_.size(); }
  void add(const FitTask& task, const FitMeasures& measures);
  /// Whether it is time to save. On the group's root.
  [[nodiscard]] bool due() const;
  /// Writes the group's file. A file that cannot be written is a warning: the fits go on.
  /// Collective over `group`. @return whether it was written.
  bool save(const Communicator& group, Index number);

 private:
  void read(const Communicator& world, const std::string& name);

  CheckpointOptions options_;
  RunIdentity identity_;
  Warn warn_;
  std::map<std::string, FitMeasures> known_;  ///< by the names of tasks
  Stopwatch since_saved_;
};

}  // namespace partita
