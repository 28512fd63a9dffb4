#pragma once

#include "partita/base/error.hpp"

#include <string>
#include <vector>

#include "run_record.hpp"

namespace partita::app {

/// A finished run, read back.
struct FinishedRun {
  std::string folder;
  RunRecord record;

  /// What its identity says of a setting, or "missing".
  [[nodiscard]] std::string value(const std::string& name) const;
};

/// The Error (bad_data) for a folder that is not what it claims to be.
[[nodiscard]] Error bad_run(const std::string& folder, const std::string& what);

/// Reads the record of a run. On one process. @throws Error (no_input) when there is no such folder
/// or no run.json in it; (bad_data) when that is damaged, or the run stopped early.
[[nodiscard]] FinishedRun read_finished_run(const std::string& folder);

/// Paths of the files of A and S in the folder of a run, then of its biases and stack where it has
/// them. On one process.
/// @throws Error (bad_data) when they are not there.
[[nodiscard]] std::vector<std::string> factor_files_of(const std::string& folder);

}  // namespace partita::app
