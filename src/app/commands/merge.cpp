#include "partita/base/error.hpp"
#include "partita/comm/agreement.hpp"
#include "partita/comm/collectives.hpp"
#include "partita/factorize/run_identity.hpp"
#include "partita/io/atomic_file.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include <nlohmann/json.hpp>

#include "commands/command.hpp"
#include "exit_codes.hpp"
#include "options.hpp"
#include "output_name.hpp"
#include "parse_or_help.hpp"
#include "run_folder.hpp"
#include "run_report.hpp"
#include "shared_text.hpp"
#include "text_values.hpp"

namespace partita::app {

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

struct MergeOptions {
  std::vector<std::string> folders;
  std::string output;
  bool overwrite = false;
};

CommandSyntax merge_syntax(MergeOptions& options) {
  return {.command = "merge",
          .usage = "partita merge DIR... --output DIR",
          .summary =
              "Combines finished runs of the same matrix and options, such as the tasks of a job\n"
              "array with a --restart-range each, into one: the best restart and all traces.",
          .operands = {"DIR"},
          .last_operand_repeats = true,
          .take_operand = [&options](std::size_t /*position*/,
                                     const std::string& text) { options.folders.push_back(text); },
          .groups = {{"Output",
                      {{"output", 0, "DIR", "", "folder of the whole (required)",
                        into(options.output, parse_output_name)},
                       {"overwrite", 0, "", "", "replace a finished run in that folder",
                        into(options.overwrite)}}}}};
}

/// A finished run, read back.
struct FinishedRun {
  std::string folder;
  ordered_json report;  ///< its run.json
};

/// Lines of the tables of several runs, by restart; the head stands apart.
struct RestartTable {
  std::string head;
  std::map<Index, std::string> lines;
  std::map<Index, std::string> folders;  ///< that the lines are of

  [[nodiscard]] std::string text() const {
    std::string all = head;
    for (const auto& [restart, its_lines] : lines) all += its_lines;
    return all;
  }
};

Error bad_run(const std::string& folder, const std::string& what) {
  return {ErrorKind::bad_data, folder + ": " + what};
}

bool is_there(const std::string& path) {
  std::error_code unreadable;
  return fs::exists(path, unreadable);
}

/// Whether run.json has all that merging reads of it.
bool is_report(const ordered_json& report) {
  const auto has = [&](const char* name, bool (ordered_json::*is_kind)() const noexcept) {
    return report.contains(name) && (report[name].*is_kind)();
  };
  return report.is_object() && has("status", &ordered_json::is_string) &&
         has("best_restart", &ordered_json::is_number_integer) &&
         has("iterations", &ordered_json::is_number_integer) &&
         has("relative_error", &ordered_json::is_number) &&
         has("seconds", &ordered_json::is_number) && has("options", &ordered_json::is_object) &&
         has("identity", &ordered_json::is_object) && report["identity"].contains(kRestartsEntry) &&
         std::ranges::all_of(report["identity"],
                             [](const ordered_json& value) { return value.is_string(); });
}

FinishedRun read_run(const std::string& folder) {
  const std::string path = folder + "/run.json";
  if (!is_there(path)) {
    throw Error(ErrorKind::no_input, folder + ": holds no finished run (there is no run.json)");
  }
  FinishedRun run{folder, ordered_json::parse(text_of(path), nullptr, false)};
  if (!is_report(run.report)) {
    throw bad_run(folder, "its run.json is damaged, or of another version of partita");
  }
  const std::string status = run.report["status"];
  if (status != "converged" && status != "max_iterations") {
    throw bad_run(folder, "the run stopped early (" + status + "): continue it first");
  }
  return run;
}

/// @throws Error (usage) when two runs cannot be parts of one whole.
void check_same_run(const FinishedRun& one, const FinishedRun& other) {
  const auto value_in = [](const FinishedRun& run, const std::string& name) {
    return run.report["identity"].value(name, std::string("missing"));
  };
  for (const FinishedRun* names : {&one, &other}) {
    for (const auto& [name, value] : names->report["identity"].items()) {
      if (name == kRestartsEntry || name == kFirstRestartEntry) continue;
      if (value_in(one, name) == value_in(other, name)) continue;
      throw Error(ErrorKind::usage, "these are not parts of one run: " + name + " is " +
                                        value_in(one, name) + " in " + one.folder + " and " +
                                        value_in(other, name) + " in " + other.folder);
    }
  }
}

/// Adds the lines of a table of one run. @throws Error (usage) for a restart that is there already.
void add_lines(const FinishedRun& run, const std::string& name, RestartTable& table) {
  std::istringstream text(text_of(run.folder + "/" + name));
  RestartTable its;
  std::getline(text, its.head);
  its.head += '\n';
  for (std::string line; std::getline(text, line);) {
    Index restart = 0;
    if (!read_whole(line.substr(0, line.find(',')), restart)) {
      throw bad_run(run.folder, name + ": '" + line + "' does not begin with a restart's number");
    }
    its.lines[restart] += line + "\n";
  }
  if (table.head.empty()) table.head = its.head;
  if (its.head != table.head) throw bad_run(run.folder, name + " is of another version of partita");
  for (const auto& [restart, lines] : its.lines) {
    if (!table.lines.emplace(restart, lines).second) {
      throw Error(ErrorKind::usage, "restart " + std::to_string(restart) + " is in " +
                                        table.folders[restart] + " and in " + run.folder);
    }
    table.folders[restart] = run.folder;
  }
  const std::string restarts = run.report["identity"][kRestartsEntry];
  if (std::to_string(its.lines.size()) != restarts ||
      !its.lines.contains(run.report["best_restart"])) {
    throw bad_run(run.folder, name + " does not tell of the " + restarts + " restarts of the run");
  }
}

/// What process 0 makes of the folders.
struct Whole {
  ordered_json report;
  RestartTable traces;
  RestartTable restarts;
  std::vector<std::string> factor_files;  ///< paths of A and S of the best restart
};

Whole combine(const MergeOptions& options) {
  std::vector<FinishedRun> runs;
  for (const std::string& folder : options.folders) {
    std::error_code not_there;
    if (fs::equivalent(folder, options.output, not_there)) {
      throw Error(ErrorKind::usage, "--output " + options.output + " is one of the runs to merge");
    }
    runs.push_back(read_run(folder));
  }
  Whole whole;
  double seconds = 0;
  for (const FinishedRun& run : runs) {
    check_same_run(runs.front(), run);
    add_lines(run, "traces.csv", whole.traces);
    add_lines(run, "restarts.csv", whole.restarts);
    seconds += run.report["seconds"].get<double>();
  }
  const FinishedRun& best = *std::ranges::min_element(runs, {}, [](const FinishedRun& run) {
    return std::tuple(run.report["relative_error"].get<double>(),
                      run.report["best_restart"].get<Index>());
  });
  for (const std::string ending : {".npy", ".csv"}) {
    const std::string A = best.folder + "/A" + ending;
    const std::string S = best.folder + "/S" + ending;
    if (is_there(A) && is_there(S)) whole.factor_files = {A, S};
  }
  if (whole.factor_files.empty()) throw bad_run(best.folder, "its factors A and S are not there");

  const auto count = static_cast<Index>(whole.restarts.lines.size());
  const Index first = whole.restarts.lines.begin()->first;
  whole.report = best.report;
  whole.report["seconds"] = seconds;
  whole.report["options"]["restarts"] = count;
  whole.report["options"]["first_restart"] = first;
  whole.report["identity"][kRestartsEntry] = std::to_string(count);
  whole.report["identity"][kFirstRestartEntry] = std::to_string(first);
  whole.report["merged_from"] = options.folders;
  return whole;
}

/// Whole or not at all. Collective over `world`; process 0 copies.
void copy_file(const Communicator& world, const std::string& from, const std::string& to) {
  constexpr std::size_t kPiece = std::size_t{1} << 24;
  AtomicFile file(world, to);
  together(world, [&] {
    if (!world.is_root()) return;
    std::ifstream stream(from, std::ios::binary);
    std::vector<char> piece(kPiece);
    Index offset = 0;
    while (stream) {
      stream.read(piece.data(), static_cast<std::streamsize>(piece.size()));
      file.write(offset,
                 std::span<const char>(piece).first(static_cast<std::size_t>(stream.gcount())));
      offset += stream.gcount();
    }
    if (!stream.eof()) throw Error(ErrorKind::input_output, from + ": reading failed");
  });
  file.commit();
}

int run_merge(const Communicator& world, const std::vector<std::string>& arguments) {
  MergeOptions options;
  const CommandSyntax syntax = merge_syntax(options);
  if (!parse_or_help(world, syntax, arguments)) return kDone;
  if (options.output.empty()) throw Error(ErrorKind::usage, "merge needs --output");

  Whole whole;
  together(world, [&] {
    if (world.is_root()) whole = combine(options);
  });
  RunFolder folder(world, options.output, options.overwrite);
  folder.clear_results();
  whole.factor_files.resize(2);
  for (std::string& from : whole.factor_files) {
    broadcast(world, from, 0);
    copy_file(world, from, folder.file(fs::path(from).filename()));
  }
  write_text_file(world, folder.file("traces.csv"), whole.traces.text());
  write_text_file(world, folder.file("restarts.csv"), whole.restarts.text());
  write_text_file(world, folder.file("run.json"), whole.report.dump(2) + "\n");
  folder.keep();

  std::string line;
  if (world.is_root()) {
    const ordered_json& report = whole.report;
    RestartResult best;
    best.restart = report["best_restart"];
    best.iterations = report["iterations"];
    best.relative_error = report["relative_error"];
    line =
        summary_line(best, parse_choice("status", report["status"].get<std::string>(), kStatuses),
                     report["seconds"], options.output);
  }
  print_on_root(world, line);
  return kDone;
}

}  // namespace

Command merge_command() {
  return {"merge", "combine the shares of a job array into one run",
          [] { return described(merge_syntax); }, run_merge};
}

}  // namespace partita::app
