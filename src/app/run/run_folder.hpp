#pragma once

#include "partita/comm/communicator.hpp"

#include <filesystem>
#include <optional>
#include <string>

#include "folder_lock.hpp"

namespace partita::app {

// Files of a run beside A and S, with the ending of their format.
inline constexpr const char* kRowBiasFile = "row_bias";
inline constexpr const char* kColumnBiasFile = "column_bias";
inline constexpr const char* kStackFileOfA = "stack_A";
inline constexpr const char* kStackFileOfS = "stack_S";
// Bounds of A and S, written when the run is finished.
inline constexpr const char* kLowerFileOfA = "A.lower";
inline constexpr const char* kUpperFileOfA = "A.upper";
inline constexpr const char* kLowerFileOfS = "S.lower";
inline constexpr const char* kUpperFileOfS = "S.upper";
inline constexpr const char* kBootstrapFile = "bootstrap.csv";
// Its consensus, in a folder in it.
inline constexpr const char* kConsensusFolder = "consensus";
inline constexpr const char* kUsageFile = "consensus/usage";
inline constexpr const char* kMediansFile = "consensus/medians";
inline constexpr const char* kSpectraFile = "consensus/spectra";
inline constexpr const char* kScoresFile = "consensus/spectra_scores";
inline constexpr const char* kClustersFile = "consensus/clusters.csv";

/// The output folder of a run, on a file system that all processes share, locked against other
/// runs. Results are written aside and take their places together when they are complete, so that
/// an earlier run stays whole until then; what a failed run wrote is taken away again, what a
/// killed one left half written by the next.
class RunFolder {
 public:
  /// Makes the folder if it is missing and proves that files can be created in it. Collective over
  /// `world`. @throws Error (cannot_create) on every process when that fails, when another run
  /// works there, when the folder holds a finished run and is not to be overwritten, or files that
  /// are no run's bear the names of results.
  RunFolder(const Communicator& world, std::string path, bool overwrite);
  /// Removes what was not published, and the folder if this run made it and nothing else is in it.
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file(const std::string& name) const;
  /// Where a result is written, until publish().
  [[nodiscard]] std::string new_file(const std::string& name) const;
  /// Makes a folder among the results. Collective over `world`. @throws Error (cannot_create).
  void add_folder(const std::string& name);

  /// To be called before the first result: starts anew, should the folder have been removed.
  /// Collective over `world`. @throws Error (cannot_create).
  void begin_results();
  /// The results take the place of an earlier run's. Should the process be killed meanwhile, the
  /// next run into the folder does the rest. Collective over `world`. @throws Error (input_output).
  void publish();
  /// Keeps results that cannot be complete: in their places, unless an earlier run is there; then
  /// aside. Returns the folder that they are in. Collective over `world`.
  /// @throws Error (input_output).
  [[nodiscard]] std::string keep_incomplete();

 private:
  void prepare(bool overwrite);
  void recover() const;
  void check_content(bool overwrite);
  void remove_created() noexcept;

  const Communicator& world_;
  std::string path_;
  std::filesystem::path first_created_;  ///< topmost folder that this run made; empty for none
  std::optional<FolderLock> lock_;       ///< on process 0
  bool holds_run_ = false;               ///< results of an earlier run; on process 0
  bool kept_ = false;
};

}  // namespace partita::app
