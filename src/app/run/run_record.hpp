#pragma once

#include "partita/base/index.hpp"
#include "partita/factorize/result.hpp"

#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

namespace partita::app {

/// A finished run, as its run.json tells of it.
struct RunRecord {
  StopReason status = StopReason::max_iterations;
  Index best_restart = 0;
  double relative_error = 0;
  Index iterations = 0;
  double seconds = 0;
  RunIdentity identity;
  nlohmann::ordered_json json;  ///< all of it
};

/// Reads a run.json. @throws Error (no_input, bad_data) that names the file and the field.
[[nodiscard]] RunRecord read_run_record(const std::string& path);

/// Whether a run.json says that a time limit or a signal ended its run; not when it cannot be read.
[[nodiscard]] bool tells_of_early_end(const std::filesystem::path& path);

}  // namespace partita::app
