#include "run_folder.hpp"

#include "partita/base/error.hpp"
#include "partita/io/formats/factor_files.hpp"

#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "factorize/run/checkpoint.hpp"
#include "io/files/atomic_file.hpp"
#include "run_record.hpp"

namespace partita::app {

namespace {

namespace fs = std::filesystem;

constexpr const char* kReport = "run.json";

// A complete set of results goes through three names: written, it becomes kComplete, which stands
// for a finished run; once the earlier results are gone it becomes kMoving, and its files move out.
constexpr const char* kUnfinished = ".partita-unfinished";
constexpr const char* kComplete = ".partita-complete";
constexpr const char* kMoving = ".partita-moving";
constexpr const char* kAside = "without-run-json";

[[noreturn]] void cannot_create(const std::string& message) {
  throw Error(ErrorKind::cannot_create, message);
}

/// The report last: it stands for all of them.
std::vector<std::string> result_files() {
  std::vector<std::string> names;
  for (const MatrixFormat& format : matrix_formats()) {
    if (format.write_factor == nullptr) continue;
    for (const Side side : {Side::A, Side::S}) {
      names.push_back(factor_file_name(side, format));
    }
    for (const char* name :
         {kRowBiasFile, kColumnBiasFile, kStackFileOfA, kStackFileOfS, kLowerFileOfA, kUpperFileOfA,
          kLowerFileOfS, kUpperFileOfS, kUsageFile, kMediansFile, kSpectraFile, kScoresFile}) {
      names.push_back(name + format.extensions.front());
    }
  }
  // What a selection that was here before this run wrote beside it.
  for (const char* name : {"select.csv", "select.json", "consensus.csv", "consensus.npy"}) {
    names.emplace_back(name);
  }
  for (const char* name : {kClustersFile, kBootstrapFile, "traces.csv", "restarts.csv", kReport}) {
    names.emplace_back(name);
  }
  return names;
}

/// Whether anything bears the name, a dangling link too.
bool is_there(const fs::path& path) {
  std::error_code failure;
  const auto type = fs::symlink_status(path, failure).type();
  return type != fs::file_type::not_found;
}

/// run.json stands for a finished run unless it says that a time limit or a signal ended that; one
/// that cannot be read may be of hours of work.
bool holds_finished_run(const fs::path& folder) {
  return is_there(folder / kReport) && !tells_of_early_end(folder / kReport);
}

void refuse_finished_run(const std::string& folder) {
  if (!holds_finished_run(folder)) return;
  cannot_create("the output folder '" + folder +
                "' holds a finished run: choose another --output, or --overwrite it");
}

/// Only regular files and links to them are a run's.
void refuse_others(const fs::path& path) {
  if (!is_there(path)) return;
  std::error_code failure;
  if (fs::is_regular_file(path, failure)) return;
  cannot_create("'" + path.string() +
                "' is not a file that partita wrote: move it away, or choose another --output");
}

/// rmdir() leaves a folder in which a user has put something.
void remove_if_empty(const fs::path& folder) {
  ::rmdir(folder.c_str());
}

void move_out(const fs::path& folder) {
  for (const std::string& name : result_files()) {
    const fs::path moved = folder / kMoving / name;
    if (!is_there(moved)) continue;
    fs::create_directories((folder / name).parent_path());
    fs::rename(moved, folder / name);
  }
  fs::remove_all(folder / kMoving);
}

/// From any state after complete results got their name, to the end.
void finish_moving(const fs::path& folder) {
  if (is_there(folder / kComplete)) {
    // The report first and last: without it the folder holds no finished run.
    fs::remove(folder / kReport);
    for (const std::string& name : result_files()) fs::remove(folder / name);
    remove_if_empty(folder / kConsensusFolder);
    fs::rename(folder / kComplete, folder / kMoving);
  }
  if (is_there(folder / kMoving)) move_out(folder);
  sync_directory(folder.string());
}

/// The topmost folder of `path` that does not exist; empty when all do.
fs::path first_missing(const fs::path& path) {
  fs::path missing;
  fs::path part;
  for (const fs::path& name : path) {
    part /= name;
    if (!name.empty() && missing.empty() && !fs::exists(part)) missing = part;
  }
  return missing;
}

/// Runs a local action of process 0; what the file system says becomes an Error of the kind given.
template <class Action>
void on_root(const Communicator& world, ErrorKind kind, Action&& action) {
  together(world, [&] {
    if (!world.is_root()) return;
    try {
      action();
    } catch (const fs::filesystem_error& error) {
      throw Error(kind, error.path1().string() + ": " + error.code().message());
    }
  });
}

}  // namespace

RunFolder::RunFolder(const Communicator& world, std::string path, bool overwrite)
    : world_(world), path_(std::move(path)) {
  together(world_, [&] {
    if (!world_.is_root()) return;
    try {
      prepare(overwrite);
    } catch (...) {
      remove_created();
      throw;
    }
  });
}

void RunFolder::prepare(bool overwrite) {
  try {
    if (fs::exists(path_) && !fs::is_directory(path_)) {
      cannot_create("the output folder '" + path_ + "' is something else than a folder");
    }
    if (!overwrite) refuse_finished_run(path_);
    first_created_ = first_missing(path_);
    fs::create_directories(path_);
    lock_.emplace(path_);
    recover();
    check_content(overwrite);
    fs::create_directory(new_file(""));
  } catch (const fs::filesystem_error& error) {
    cannot_create("cannot create the output folder '" + path_ + "': " + error.code().message());
  }
}

/// Ends what a killed run began.
void RunFolder::recover() const {
  finish_moving(path_);
  fs::remove_all(new_file(""));
}

void RunFolder::check_content(bool overwrite) {
  const fs::path folder = path_;
  if (!overwrite) refuse_finished_run(path_);
  if (is_there(folder / kConsensusFolder) && !fs::is_directory(folder / kConsensusFolder)) {
    cannot_create("'" + (folder / kConsensusFolder).string() +
                  "' is not a folder: move it away, or choose another --output");
  }
  for (const std::string& name : result_files()) refuse_others(folder / name);
  const fs::path checkpoint = folder / "checkpoint";
  if (is_there(checkpoint) && !fs::is_directory(checkpoint)) {
    cannot_create("'" + checkpoint.string() +
                  "' is not a folder of partita's checkpoints: move it away, or choose another "
                  "--output");
  }
  holds_run_ = is_there(folder / kReport);
  if (holds_run_ || holds_checkpoints(checkpoint.string())) return;
  for (const std::string& name : result_files()) {
    if (!is_there(folder / name)) continue;
    cannot_create("'" + (folder / name).string() +
                  "' is of no run of partita (there is no run.json beside it): move it away, or "
                  "choose another --output");
  }
}

RunFolder::~RunFolder() {
  if (world_.is_root()) remove_created();
}

/// Unpublished results of this run go, and the folders it made if they are empty; rmdir() leaves
/// all others.
void RunFolder::remove_created() noexcept {
  std::error_code ignored;
  if (lock_) {
    fs::remove_all(new_file(""), ignored);
    ::rmdir(file("checkpoint").c_str());  // where none could be written
  }
  lock_.reset();
  if (kept_ || first_created_.empty()) return;
  const fs::path stop = first_created_.parent_path();
  for (fs::path folder = path_; folder != stop && !folder.empty(); folder = folder.parent_path()) {
    if (folder.has_filename() && ::rmdir(folder.c_str()) != 0) return;
  }
}

std::string RunFolder::file(const std::string& name) const {
  return path_ + "/" + name;
}

std::string RunFolder::new_file(const std::string& name) const {
  const std::string folder = file(kUnfinished);
  return name.empty() ? folder : folder + "/" + name;
}

void RunFolder::begin_results() {
  on_root(world_, ErrorKind::cannot_create, [&] { fs::create_directories(new_file("")); });
}

void RunFolder::add_folder(const std::string& name) {
  on_root(world_, ErrorKind::cannot_create, [&] { fs::create_directories(new_file(name)); });
}

void RunFolder::publish() {
  kept_ = true;
  on_root(world_, ErrorKind::input_output, [&] {
    fs::rename(new_file(""), file(kComplete));
    finish_moving(path_);
  });
}

std::string RunFolder::keep_incomplete() {
  std::string place = path_;
  int aside = holds_run_ ? 1 : 0;
  broadcast(world_, std::span<int>(&aside, 1), 0);
  if (aside == 0) {
    publish();
    return path_;
  }
  kept_ = true;
  on_root(world_, ErrorKind::input_output, [&] {
    for (int number = 1; number == 1 || is_there(place); ++number) {
      place = file(kAside) + (number == 1 ? "" : "-" + std::to_string(number));
    }
    fs::rename(new_file(""), place);
  });
  broadcast(world_, place, 0);
  return place;
}

}  // namespace partita::app
