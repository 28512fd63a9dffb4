#include "fit_options.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "output_name.hpp"
#include "setting_options.hpp"

namespace partita::app {

namespace {

const Choices<bool> kPrecisions = {{"double", false}, {"single", true}};
const Choices<ProgressStyle> kProgressStyles = {{"auto", ProgressStyle::automatic},
                                                {"bar", ProgressStyle::bar},
                                                {"lines", ProgressStyle::lines},
                                                {"none", ProgressStyle::none}};
const Choices<ResumePolicy> kResumePolicies = {{"auto", ResumePolicy::automatic},
                                               {"never", ResumePolicy::never},
                                               {"require", ResumePolicy::require}};
const Choices<bool> kOutputFormats = {{"npy", true}, {"csv", true}, {"hdf5", false}};
const Choices<SketchChoice> kSketches = {
    {"auto", SketchChoice::automatic}, {"on", SketchChoice::on}, {"off", SketchChoice::off}};

/// Tells the name of a file, if there is one.
auto tell_name(const std::string& name) {
  return [&name] { return name.empty() ? SettingValue() : SettingValue(name); };
}

OptionGroup solver_options(FitOptions& options) {
  std::vector<Option> rows = setting_options(options.factorize, SettingGroup::factorisation);
  insert_after(rows, "relaxation",
               {"draws", 0, "FILE", "",
                "replay the recorded draws of a CSV file (random schedule): iteration,column,row "
                "and, for kaczmarz, inner_row,inner_column",
                into(options.draws), Told::where_it_has_effect, tell_name(options.draws)});
  return {"Factorisation", rows};
}

OptionGroup start_options(FitOptions& options) {
  std::vector<Option> rows = setting_options(options.factorize, SettingGroup::starts);
  insert_after(rows, "restarts",
               {"restart-range", 0, "BEGIN:END", "all of them",
                "make only these of the --restarts, counted from 0, with the numbers and starts "
                "that they have in the whole: a share for one task of a job array",
                into(options.restart_range, parse_range)});
  insert_after(rows, "race",
               {"sketch", 0, "auto|on|off", "auto",
                "run the starts on a compressed matrix and polish them on the exact one; auto: "
                "that in a race of a large dense matrix, else fit them to some of its rows or "
                "columns first (als, sweep schedule)",
                into_choice(options.sketch, kSketches)});
  insert_after(rows, "init",
               {"init-A", 0, "FILE", "", "A of --init given", into(options.init_A),
                Told::where_it_has_effect, tell_name(options.init_A)});
  insert_after(rows, "init-A",
               {"init-S", 0, "FILE", "", "S of --init given", into(options.init_S),
                Told::where_it_has_effect, tell_name(options.init_S)});
  return {"Starts", rows};
}

OptionGroup stop_options(FitOptions& options) {
  std::vector<Option> rows = setting_options(options.factorize, SettingGroup::stopping);
  const std::vector<Option> own = {
      {"keep-partial", 0, "", "", "write the best so far when a time limit or signal ends the run",
       into(options.keep_partial)},
      {"checkpoint-every", 0, "SECONDS", "300", "time between checkpoints",
       into_number(options.checkpoint_every, 0)},
      {"resume", 0, "auto|never|require", "auto", "continue from a checkpoint in the output folder",
       into_choice(options.resume, kResumePolicies)}};
  rows.insert(rows.end(), own.begin(), own.end());
  return {"When to stop", rows};
}

OptionGroup layout_options(FitOptions& options) {
  PlanOverrides& plan = options.plan;
  const auto at_least_one = [](const std::string& option, const std::string& text) {
    return parse_count(option, text, 1);
  };
  std::vector<Option> rows = {
      {"grid", 0, "PRxPC", "", "processes of a group, rows x columns", into(plan.grid, parse_grid)},
      {"groups", 0, "G", "", "groups of processes that work on different starts",
       into(plan.groups, at_least_one)},
      {"batch", 0, "B", "", "starts that a group advances together",
       into(plan.batch, at_least_one)}};
  const std::vector<Option> of_library = setting_options(options.factorize, SettingGroup::layout);
  rows.insert(rows.end(), of_library.begin(), of_library.end());
  rows.push_back(
      {"precision", 0, "double|single", "double", "of the matrix and the factors in memory",
       into_choice(options.single_precision, kPrecisions), Told::always,
       [&options] { return SettingValue(name_in(kPrecisions, options.single_precision)); }});
  rows.push_back({"dry-run", 0, "", "", "print the layout and the predicted memory, then stop",
                  into(options.dry_run)});
  return {"Layout on processes (chosen by size, memory and traffic unless stated)", rows};
}

OptionGroup output_options(FitOptions& options) {
  return {
      "Output",
      {{"output", 0, "DIR", options.output,
        "folder of the results; may contain SLURM's %j %A %a %x",
        into(options.output, parse_output_name)},
       {"overwrite", 0, "", "", "replace a finished run in that folder", into(options.overwrite)},
       {"output-format", 0, "npy|csv|hdf5", "npy, csv for labelled input",
        "of A and S (hdf5: not in this version)",
        [&options](const std::string& option, const std::string& text) {
          if (!parse_choice(option, text, kOutputFormats)) refuse_unavailable(option + " " + text);
          options.output_format = text;
        }},
       {"progress", 0, "auto|bar|lines|none", "auto", "on stderr, from process 0",
        into_choice(options.progress, kProgressStyles)},
       {"quiet", 0, "", "", "nothing on stderr but errors", into(options.quiet)}}};
}

/// One rule: what was stated contradicts something else.
void refuse_if(bool contradiction, const std::string& message) {
  if (contradiction) throw Error(ErrorKind::usage, message);
}

/// Options of the command alone that not every solver can follow.
void check_own_abilities(const FitOptions& options) {
  if (options.plan.batch > 1) {
    require_ability(options.factorize, Ability::batches, "--batch",
                    "others advance one restart at a time");
  }
  if (options.sketch == SketchChoice::on) {
    require_ability(options.factorize, Ability::sketch, "--sketch on",
                    "nothing else works on products alone");
  }
}

void settle_start(FitOptions& options, const StatedOptions& stated) {
  const bool given = options.factorize.init == StartKind::given;
  const bool both = stated.has("init-A") && stated.has("init-S");
  refuse_if(given && !both, "--init given needs both --init-A and --init-S");
  refuse_if(!given && (stated.has("init-A") || stated.has("init-S")),
            "--init-A and --init-S need --init given");
  const bool one_start = given || options.factorize.init == StartKind::nndsvd;
  if (one_start && !stated.has("restarts")) options.factorize.restarts = 1;
}

void settle_restart_range(FitOptions& options) {
  if (!options.restart_range) return;
  const Range range = *options.restart_range;
  refuse_if(range.end > options.factorize.restarts,
            "--restart-range ends at " + std::to_string(range.end) + ", beyond the " +
                std::to_string(options.factorize.restarts) + " --restarts");
  options.factorize.first_restart = range.begin;
  options.factorize.restarts = range.size();
}

void settle_draws(FitOptions& options, const StatedOptions& stated) {
  if (!stated.has("draws")) return;
  FactorizeOptions& factorize = options.factorize;
  options.replay_all_draws = !stated.has("max-iterations");
  if (!stated.has("tolerance")) factorize.stop.tolerance = 0;
}

}  // namespace

CommandSyntax fit_syntax(FitOptions& options) {
  return {
      .command = "fit",
      .usage = "partita fit -k K [options] FILE",
      .summary =
          "Factors the non-negative matrix X (n x m) of FILE into A (n x K) times S (K x m), both\n"
          "non-negative, and writes A, S, the error traces and run.json to a folder. The best of\n"
          "several random starts wins. Under mpirun or srun the work is shared by all processes.",
      .operands = {"FILE"},
      .take_operand = file_operand(options.matrix),
      .groups = {matrix_options(options.matrix), solver_options(options), start_options(options),
                 stop_options(options), layout_options(options), output_options(options)}};
}

std::optional<FitOptions> parse_fit(const std::vector<std::string>& arguments,
                                    const TextReader& read_text) {
  FitOptions options;
  const StatedOptions stated = parse_options(fit_syntax(options), arguments, read_text);
  if (stated.help()) return {};
  refuse_if(!stated.has("components"), "missing -k: how many components?");
  refuse_if(options.output.empty(), "--output: the folder has no name");
  const bool shows =
      options.progress == ProgressStyle::bar || options.progress == ProgressStyle::lines;
  refuse_if(options.quiet && shows, "--quiet contradicts --progress");
  if (options.quiet) options.progress = ProgressStyle::none;
  settle(options.factorize, stated.names());
  check_settings(options.factorize, stated.names());
  check_own_abilities(options);
  settle_start(options, stated);
  settle_restart_range(options);
  settle_draws(options, stated);
  return options;
}

std::vector<std::pair<std::string, SettingValue>> reported_options(const FitOptions& options,
                                                                   const FactorizeOptions& run) {
  FitOptions told = options;
  told.factorize = run;
  // What is left of the time when the run begins is no longer what was asked for.
  told.factorize.stop.max_seconds = options.factorize.stop.max_seconds;
  std::vector<OptionGroup> groups = fit_syntax(told).groups;
  std::ranges::rotate(groups, groups.begin() + 1);  // how the matrix was read comes last
  std::vector<std::pair<std::string, SettingValue>> fields;
  for (const Told when : {Told::always, Told::where_it_has_effect}) {
    const bool always = when == Told::always;
    for (const Setting& setting : settings()) {
      if (setting.told != when || !(always || has_effect(setting, run))) continue;
      fields.emplace_back(field_name(setting.name), value_of(setting, told.factorize));
    }
    for (const OptionGroup& group : groups) {
      for (const Option& option : group.options) {
        if (option.told != when) continue;
        SettingValue value = option.tell();
        const bool has_none = std::holds_alternative<std::monostate>(value);
        if (always || !has_none) fields.emplace_back(field_name(option.name), std::move(value));
      }
    }
  }
  return fields;
}

}  // namespace partita::app
