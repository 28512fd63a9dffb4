#include "run_folder.hpp"

#include "partita/base/error.hpp"
#include "partita/comm/agreement.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <unistd.h>
#include <utility>

#include <nlohmann/json.hpp>

namespace partita::app {

namespace {

namespace fs = std::filesystem;

constexpr std::array kResultFiles = {"run.json", "A.npy",      "S.npy",       "A.csv",
                                     "S.csv",    "traces.csv", "restarts.csv"};

[[noreturn]] void cannot_create(const std::string& message) {
  throw Error(ErrorKind::cannot_create, message);
}

/// run.json is written last, so it stands for a finished run, unless it says that a time limit or
/// a signal ended the run.
bool holds_finished_run(const fs::path& folder) {
  std::ifstream stream(folder / "run.json");
  if (!stream) return false;
  const auto report = nlohmann::json::parse(stream, nullptr, false);
  if (!report.is_object()) return true;
  const std::string status = report.value("status", "");
  return status != "time_limit" && status != "interrupted";
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

void try_to_create_file(const std::string& folder) {
  std::string name = folder + "/.partita-XXXXXX";
  const int descriptor = mkstemp(name.data());
  if (descriptor < 0) {
    cannot_create("cannot create files in the output folder '" + folder +
                  "': " + std::strerror(errno));
  }
  close(descriptor);
  unlink(name.c_str());
}

}  // namespace

RunFolder::RunFolder(const Communicator& world, std::string path, bool overwrite)
    : world_(world), path_(std::move(path)) {
  together(world_, [&] {
    if (world_.is_root()) prepare(overwrite);
  });
}

void RunFolder::prepare(bool overwrite) {
  try {
    if (fs::exists(path_) && !fs::is_directory(path_)) {
      cannot_create("the output folder '" + path_ + "' is something else than a folder");
    }
    if (!overwrite && holds_finished_run(path_)) {
      cannot_create("the output folder '" + path_ +
                    "' holds a finished run: choose another --output, or --overwrite it");
    }
    first_created_ = first_missing(path_);
    fs::create_directories(path_);
  } catch (const fs::filesystem_error& error) {
    cannot_create("cannot create the output folder '" + path_ + "': " + error.code().message());
  }
  try_to_create_file(path_);
}

RunFolder::~RunFolder() {
  if (kept_ || !world_.is_root()) return;
  if (writing_) remove_results();
  if (first_created_.empty()) return;
  // Only empty folders go: remove() refuses the others.
  std::error_code ignored;
  const fs::path stop = first_created_.parent_path();
  for (fs::path folder = path_; folder != stop && !folder.empty(); folder = folder.parent_path()) {
    if (folder.has_filename() && !fs::remove(folder, ignored)) return;
  }
}

void RunFolder::clear_results() {
  if (world_.is_root()) remove_results();
  writing_ = true;
}

void RunFolder::remove_results() noexcept {
  std::error_code ignored;
  for (const char* name : kResultFiles) fs::remove(fs::path(path_) / name, ignored);
}

std::string RunFolder::file(const std::string& name) const {
  return path_ + "/" + name;
}

}  // namespace partita::app
