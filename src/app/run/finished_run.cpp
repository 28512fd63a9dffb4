#include "finished_run.hpp"

#include "partita/io/formats/factor_files.hpp"
#include "partita/io/formats/matrix_format.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "run_folder.hpp"

namespace partita::app {

namespace fs = std::filesystem;

std::string FinishedRun::value(const std::string& name) const {
  const auto found = std::ranges::find(record.identity, name, &RunIdentity::value_type::first);
  return found == record.identity.end() ? "missing" : found->second;
}

Error bad_run(const std::string& folder, const std::string& what) {
  return {ErrorKind::bad_data, folder + ": " + what};
}

FinishedRun read_finished_run(const std::string& folder) {
  const std::string path = folder + "/run.json";
  std::error_code failure;
  if (fs::symlink_status(path, failure).type() == fs::file_type::not_found) {
    const bool is_there = fs::exists(folder, failure);
    throw Error(ErrorKind::no_input,
                folder + (is_there ? ": holds no finished run (there is no run.json)"
                                   : ": there is no such folder (and no run.json in it)"));
  }
  FinishedRun run{folder, read_run_record(path)};
  const StopReason status = run.record.status;
  if (status != StopReason::converged && status != StopReason::max_iterations) {
    throw bad_run(folder,
                  "the run stopped early (" + name_in(kStatuses, status) + "): continue it first");
  }
  return run;
}

std::vector<std::string> factor_files_of(const std::string& folder) {
  std::error_code failure;
  for (const MatrixFormat& format : matrix_formats()) {
    if (format.write_factor == nullptr) continue;
    std::vector<std::string> paths = {folder + "/" + factor_file_name(Side::A, format),
                                      folder + "/" + factor_file_name(Side::S, format)};
    if (fs::is_regular_file(paths[0], failure) && fs::is_regular_file(paths[1], failure)) {
      for (const char* name : {kRowBiasFile, kColumnBiasFile, kStackFileOfA, kStackFileOfS}) {
        const std::string path = folder + "/" + name + format.extensions.front();
        if (fs::is_regular_file(path, failure)) paths.push_back(path);
      }
      return paths;
    }
  }
  throw bad_run(folder, "its factors A and S are not there");
}

}  // namespace partita::app
