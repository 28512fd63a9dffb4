#include "partita/base/error.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "commands/command.hpp"
#include "exit_codes.hpp"
#include "factorize/run/run_identity.hpp"
#include "finished_run.hpp"
#include "io/files/atomic_file.hpp"
#include "options.hpp"
#include "output_name.hpp"
#include "parse_or_help.hpp"
#include "run_folder.hpp"
#include "run_record.hpp"
#include "run_report.hpp"
#include "shared_text.hpp"
#include "text_values.hpp"

namespace partita::app {

namespace {

namespace fs = std::filesystem;

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
                      {output_option("DIR", options.output, "folder of the whole (required)"),
                       {"overwrite", 0, "", "", "replace a finished run in that folder",
                        into(options.overwrite)}}}}};
}

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

FinishedRun read_share(const std::string& folder) {
  FinishedRun run = read_finished_run(folder);
  for (const char* entry : {kRestartsEntry, kFirstRestartEntry}) {
    if (run.value(entry) == "missing") {
      throw bad_run(folder, std::string("run.json: 'identity.") + entry + "' is missing");
    }
  }
  return run;
}

/// @throws Error (usage) when two runs cannot be parts of one whole.
void check_same_run(const FinishedRun& one, const FinishedRun& other) {
  for (const FinishedRun* names : {&one, &other}) {
    for (const auto& [name, value] : names->record.identity) {
      if (name == kRestartsEntry || name == kFirstRestartEntry) continue;
      if (one.value(name) == other.value(name)) continue;
      throw Error(ErrorKind::usage, "these are not parts of one run: " + name + " is " +
                                        one.value(name) + " in " + one.folder + " and " +
                                        other.value(name) + " in " + other.folder);
    }
  }
}

/// The lines of a table of one run, which may be any file.
RestartTable read_table(const FinishedRun& run, const std::string& name) {
  constexpr std::size_t kLongestLine = 1000;
  const std::string path = run.folder + "/" + name;
  std::error_code failure;
  if (!fs::exists(path, failure)) throw Error(ErrorKind::no_input, path + ": no such file");
  std::ifstream stream;
  if (fs::is_regular_file(path, failure)) stream.open(path, std::ios::binary);
  if (!stream.is_open()) throw bad_run(run.folder, name + " is unreadable");
  RestartTable table;
  std::array<char, kLongestLine> line{};
  for (Index number = 0; stream.getline(line.data(), line.size()); ++number) {
    const std::string text = line.data();
    Index restart = 0;
    if (number == 0) {
      table.head = text + "\n";
    } else if (read_whole(text.substr(0, text.find(',')), restart)) {
      table.lines[restart] += text + "\n";
    } else {
      throw bad_run(run.folder, name + ": '" + text + "' does not begin with a restart's number");
    }
  }
  if (!stream.eof()) {
    throw bad_run(run.folder,
                  name + ": reading failed, or a line is too long to be of such a table");
  }
  return table;
}

/// Adds the lines of a table of one run. @throws Error (usage) for a restart that is there already.
void add_lines(const FinishedRun& run, const std::string& name, RestartTable& table) {
  const RestartTable its = read_table(run, name);
  if (table.head.empty()) table.head = its.head;
  if (its.head != table.head) throw bad_run(run.folder, name + " is of another version of partita");
  for (const auto& [restart, lines] : its.lines) {
    if (!table.lines.emplace(restart, lines).second) {
      throw Error(ErrorKind::usage, "restart " + std::to_string(restart) + " is in " +
                                        table.folders[restart] + " and in " + run.folder);
    }
    table.folders[restart] = run.folder;
  }
  const std::string restarts = run.value(kRestartsEntry);
  if (std::to_string(its.lines.size()) != restarts ||
      !its.lines.contains(run.record.best_restart)) {
    throw bad_run(run.folder, name + " does not tell of the " + restarts + " restarts of the run");
  }
}

/// What process 0 makes of the folders.
struct Whole {
  RunRecord record;
  RestartTable traces;
  RestartTable restarts;
  std::vector<std::string> factor_files;  ///< paths of A and S of the best restart, and biases
};

std::vector<FinishedRun> read_runs(const MergeOptions& options) {
  std::vector<FinishedRun> runs;
  for (const std::string& folder : options.folders) {
    std::error_code not_there;
    if (fs::equivalent(folder, options.output, not_there)) {
      throw Error(ErrorKind::usage, "--output " + options.output + " is one of the runs to merge");
    }
    runs.push_back(read_share(folder));
    check_same_run(runs.front(), runs.back());
  }
  return runs;
}

void set(RunIdentity& identity, const std::string& name, Index value) {
  const auto found = std::ranges::find(identity, name, &RunIdentity::value_type::first);
  found->second = std::to_string(value);
}

void set(Named<SettingValue>& options, const std::string& name, Index value) {
  const auto found = std::ranges::find(options, name, &Named<SettingValue>::value_type::first);
  if (found != options.end()) found->second = value;
}

/// The record of all restarts together.
RunRecord record_of_whole(const FinishedRun& best, double seconds, const RestartTable& restarts,
                          const std::vector<std::string>& folders) {
  const auto count = static_cast<Index>(restarts.lines.size());
  const Index first = restarts.lines.begin()->first;
  RunRecord whole = best.record;
  whole.seconds = seconds;
  set(whole.options, "restarts", count);
  set(whole.options, "first_restart", first);
  set(whole.identity, kRestartsEntry, count);
  set(whole.identity, kFirstRestartEntry, first);
  whole.merged_from = folders;
  return whole;
}

Whole combine(const MergeOptions& options) {
  const std::vector<FinishedRun> runs = read_runs(options);
  Whole whole;
  double seconds = 0;
  for (const FinishedRun& run : runs) {
    add_lines(run, "traces.csv", whole.traces);
    add_lines(run, "restarts.csv", whole.restarts);
    seconds += run.record.seconds;
  }
  const FinishedRun& best = *std::ranges::min_element(runs, {}, [](const FinishedRun& run) {
    return std::tuple(run.record.objective.value_or(run.record.relative_error),
                      run.record.best_restart);
  });
  whole.factor_files = factor_files_of(best.folder);
  whole.record = record_of_whole(best, seconds, whole.restarts, options.folders);
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
  folder.begin_results();
  whole.factor_files.resize(
      static_cast<std::size_t>(max_over(world, static_cast<Index>(whole.factor_files.size()))));
  for (std::string& from : whole.factor_files) {
    broadcast(world, from, 0);
    copy_file(world, from, folder.new_file(fs::path(from).filename()));
  }
  write_text_file(world, folder.new_file("traces.csv"), whole.traces.text());
  write_text_file(world, folder.new_file("restarts.csv"), whole.restarts.text());
  write_text_file(world, folder.new_file("run.json"), world.is_root() ? text_of(whole.record) : "");
  folder.publish();

  const RunRecord& record = whole.record;
  RestartResult best;
  best.restart = record.best_restart;
  best.iterations = record.iterations;
  best.relative_error = record.relative_error;
  print_on_root(world, summary_line(best, record.status, record.seconds, options.output));
  return kDone;
}

}  // namespace

Command merge_command() {
  return {"merge", "combine the shares of a job array into one run",
          [] { return described(merge_syntax); }, run_merge};
}

}  // namespace partita::app
