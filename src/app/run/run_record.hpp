#pragma once

#include "partita/base/work_log.hpp"
#include "partita/factorize/result.hpp"
#include "partita/layout/matrix_layout.hpp"

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/choices.hpp"
#include "factorize/settings.hpp"

namespace partita::app {

inline const Choices<StopReason> kStatuses = {
    {"converged", StopReason::converged},   {"max_iterations", StopReason::max_iterations},
    {"time_limit", StopReason::time_limit}, {"interrupted", StopReason::interrupted},
    {"dropped", StopReason::dropped},       {"diverged", StopReason::diverged}};

/// Values by names, in the order in which they are told.
template <class Value>
using Named = std::vector<std::pair<std::string, Value>>;

/// A quantity of every process.
struct MaxAndMean {
  double max = 0;
  double mean = 0;
};

struct MatrixRecord {
  std::string file;  ///< bytes, as the system has them
  Index rows = 0;
  Index columns = 0;
  bool sparse = false;
  Index stored = 0;
  double frobenius_norm = 0;
};

/// The entries that count, where not all do alike.
struct EntriesRecord {
  Index known = 0;
  double mean = 0;
  double standard_deviation = 0;
  double least = 0;
  double most = 0;
  Index empty_rows = 0;
  Index empty_columns = 0;
};

struct LayoutRecord {
  Index processes = 0;
  Index threads = 0;
  Index groups = 0;
  GridShape grid;
  bool shared_X = false;
  Index batch = 0;
  double predicted_bytes_per_process = 0;
  double predicted_words_per_pass = 0;
  std::optional<double> available_bytes_per_process;  ///< nothing for no limit
};

/// What one kind of collective did in a phase.
struct TrafficRecord {
  MaxAndMean calls;
  MaxAndMean words;
  MaxAndMean seconds;
};

struct PhaseRecord {
  MaxAndMean seconds;
  Named<TrafficRecord> traffic;  ///< of the collectives that were used
};

/// Local work of one kind.
struct WorkKindRecord {
  MaxAndMean seconds;
  MaxAndMean flops;
  std::optional<double> share_of_peak;  ///< where flops are counted
};

struct WorkRecord {
  MaxAndMean peak_flops_per_second;
  std::array<WorkKindRecord, kWorks.size()> kinds;
};

/// What the restarts agree on.
struct ConsensusRecord {
  Index restarts = 0;
  Index components = 0;  ///< of all restarts
  Index dropped = 0;     ///< of these, as outliers
  double silhouette = 0;
};

/// How its components were found in X drawn anew.
struct BootstrapRecord {
  std::string kind;
  Index replicates = 0;
  double least_stability = 0;  ///< of a component
};

/// A run, as its run.json tells of it: the members are its fields, in their order.
struct RunRecord {
  StopReason status = StopReason::max_iterations;
  Index best_restart = 0;
  double relative_error = 0;
  std::optional<double> objective;  ///< ½||X - AS||² + penalties, where there are any
  Index iterations = 0;
  StopReason stop_reason = StopReason::max_iterations;
  double seconds = 0;
  std::string scaling;
  Named<SettingValue> options;
  MatrixRecord matrix;
  std::optional<EntriesRecord> entries;
  std::optional<double> mean;              ///< what a model with biases adds to them and A S
  std::optional<Index> averaged_restarts;  ///< side by side in the stack, where it was asked for
  std::optional<ConsensusRecord> consensus;
  std::optional<BootstrapRecord> bootstrap;
  RunIdentity identity;
  LayoutRecord layout;
  Named<PhaseRecord> phases;
  WorkRecord work;
  Named<std::string> versions;
  std::vector<std::string> merged_from;  ///< folders; of merged runs only
};

/// The text of run.json.
[[nodiscard]] std::string text_of(const RunRecord& record);

/// Reads a run.json. @throws Error (no_input, bad_data) that names the file and the field.
[[nodiscard]] RunRecord read_run_record(const std::string& path);

/// Whether a run.json says that a time limit or a signal ended its run; not when it cannot be read.
[[nodiscard]] bool tells_of_early_end(const std::filesystem::path& path);

}  // namespace partita::app
