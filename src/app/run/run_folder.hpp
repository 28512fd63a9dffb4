#pragma once

#include "partita/comm/communicator.hpp"

#include <filesystem>
#include <string>

namespace partita::app {

/// The output folder of a run, on a file system that all processes share. What a failed run wrote
/// into it is taken away again.
class RunFolder {
 public:
  /// Makes the folder if it is missing and proves that files can be created in it. Collective over
  /// `world`. @throws Error (cannot_create) on every process when that fails, or when the folder
  /// holds a finished run and is not to be overwritten.
  RunFolder(const Communicator& world, std::string path, bool overwrite);
  /// Unless kept: removes the results written since clear_results(), and the folder if this run
  /// made it and nothing else is in it.
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  /// Removes the results of an earlier run: from now on the results in the folder are this run's.
  /// Collective over `world`.
  void clear_results();
  void keep() { kept_ = true; }

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file(const std::string& name) const;

 private:
  void prepare(bool overwrite);
  void remove_results() noexcept;

  const Communicator& world_;
  std::string path_;
  std::filesystem::path first_created_;  ///< topmost folder that this run made; empty for none
  bool writing_ = false;
  bool kept_ = false;
};

}  // namespace partita::app
