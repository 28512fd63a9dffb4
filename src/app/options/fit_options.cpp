#include "fit_options.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "options/format_words.hpp"
#include "options/rows.hpp"
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
const Choices<SketchChoice> kSketches = {
    {"auto", SketchChoice::automatic}, {"on", SketchChoice::on}, {"off", SketchChoice::off}};

/// An option that names a file, of which run.json tells where there is one.
Option file_option(const std::string& name, std::string& place, const std::string& help) {
  return told(name_option(name, "FILE", place, help), Told::where_it_has_effect,
              [&place] { return place.empty() ? SettingValue() : SettingValue(place); });
}

OptionGroup solver_options(FitOptions& options) {
  std::vector<Option> rows = setting_options(options.factorize, SettingGroup::factorisation);
  insert_after(rows, "relaxation",
               file_option("draws", options.draws,
                           "replay the recorded draws of a CSV file (random schedule): "
                           "iteration,column,row and, for kaczmarz, inner_row,inner_column"));
  return {"Factorisation", rows};
}

const Choices<bool> kNanMeanings = {{"error", false}, {"missing", true}};

Option confidence_option(FitOptions& options) {
  return told(
      number_option("confidence", "ALPHA", options.confidence, 0,
                    "entries x say that something was chosen, and how surely: fit 1 there, with "
                    "weight 1 + ALPHA x (implicit feedback)"),
      Told::where_it_has_effect,
      [&] { return options.confidence > 0 ? SettingValue(options.confidence) : SettingValue(); });
}

Option tune_option(FitOptions& options) {
  return told(switch_option("tune", options.tune,
                            "choose the weight of --center (0.85, 1.15, 1.5 or 2.1 standard "
                            "deviations, or biases alone) by 5 % of the entries, held out"),
              Told::where_it_has_effect,
              [&] { return options.tune ? SettingValue(true) : SettingValue(); });
}

/// What suits a kind of data.
std::vector<Preset> fit_presets() {
  return {{"ratings", "what users say of things, most of it unknown",
           "components = 32\nunstored = missing\nbias = yes\ncenter = yes\ntune = yes\n"
           "max-iterations = 20\ntolerance = 0\nrestarts = 8\naverage = yes\n"},
          {"implicit", "what users chose or how often, nothing of what they dislike",
           "components = 64\nunstored = 0.3\nconfidence = 0.1\nl2-A = 10\nl2-S = 10\n"
           "max-iterations = 20\ntolerance = 0\nrestarts = 4\naverage = yes\n"}};
}

OptionGroup entry_options(FitOptions& options) {
  const Option nan =
      told(choice_option("nan", options.matrix.nan_is_missing, kNanMeanings,
                         "what NaN means: a fault of the file, or an entry that is "
                         "not known (with it, nothing that is not stored is)"),
           Told::always,
           [&] { return SettingValue(name_in(kNanMeanings, options.matrix.nan_is_missing)); });
  return {"What counts (sweep schedule)",
          joined(setting_options(options.factorize, SettingGroup::entries),
                 {nan,
                  file_option("weights", options.weights,
                              "weights of the entries, a matrix of the same shape in any format"),
                  file_option("uncertainties", options.uncertainties,
                              "uncertainties u of the entries instead, for weights 1/u^2"),
                  confidence_option(options), tune_option(options)})};
}

OptionGroup start_options(FitOptions& options) {
  std::vector<Option> rows = setting_options(options.factorize, SettingGroup::starts);
  insert_after(rows, "restarts",
               {"restart-range", 0, "BEGIN:END", "all of them",
                "make only these of the --restarts, counted from 0, with the numbers and starts "
                "that they have in the whole: a share for one task of a job array",
                into(options.restart_range, parse_range)});
  insert_after(
      rows, "race",
      choice_option("sketch", options.sketch, kSketches,
                    "run the starts on a compressed matrix and polish them on the exact one; auto: "
                    "that in a race of a large dense matrix, else fit them to some of its rows or "
                    "columns first (als, sweep schedule)"));
  insert_after(rows, "init", file_option("init-A", options.init_A, "A of --init given"));
  insert_after(rows, "init-A", file_option("init-S", options.init_S, "S of --init given"));
  return {"Starts", rows};
}

OptionGroup known_options(FitOptions& options) {
  return {"What is known of the factors (fixed components: als and mu by sweeps)",
          {file_option("fix-A", options.fix_A,
                       "components that stay as they are, as columns of A: the first of -k, which "
                       "counts the free ones too; rows are matched by name where both have names"),
           file_option("fix-S", options.fix_S,
                       "the same as rows of S; with --fix-A the same components"),
           told(name_option("model", "DIR", options.model,
                            "start from the factors of a finished run, also with other rows or "
                            "columns (matched by name) and another -k (any solver)"),
                Told::where_it_has_effect, [&options] {
                  return options.model.empty() ? SettingValue() : SettingValue(options.model);
                })}};
}

/// The formats of factors, from the table of formats.
Option output_format_option(std::string& place) {
  std::string argument;
  for (const auto& [name, format] : factor_formats()) {
    argument += (argument.empty() ? "" : "|") + name;
  }
  return {"output-format",
          0,
          argument,
          default_factor_formats(),
          "of A and S",
          [&place](const std::string& option, const std::string& text) {
            place = parse_choice(option, text, factor_formats());
          }};
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

/// What is refused without a look at the files.
void check_known(const FitOptions& options) {
  for (const auto& [file, option] :
       {std::pair{options.fix_A, "--fix-A"}, std::pair{options.fix_S, "--fix-S"}}) {
    if (file.empty()) continue;
    require_ability(options.factorize, Ability::fixed_components, option,
                    "others move whole rows of A and S");
  }
}

void settle_start(FitOptions& options, const StatedOptions& stated) {
  if (!options.model.empty()) {
    for (const std::string other : {"init", "init-A", "init-S"}) {
      refuse_if(stated.has(other), "--model is a start of its own: leave out --" + other);
    }
    options.factorize.init = StartKind::given;
    options.adapts_start = true;
  }
  const bool given = options.factorize.init == StartKind::given;
  const bool both = stated.has("init-A") && stated.has("init-S");
  refuse_if(given && !both && options.model.empty(),
            "--init given needs both --init-A and --init-S");
  refuse_if(!given && (stated.has("init-A") || stated.has("init-S")),
            "--init-A and --init-S need --init given");
  const bool one_start = given || options.factorize.init == StartKind::nndsvd;
  options.states_restarts = stated.has("restarts") || stated.has("restart-range");
  if (one_start && !stated.has("restarts")) options.factorize.restarts = 1;
}

void settle_restart_range(FitOptions& options) {
  if (!options.restart_range) return;
  refuse_if(options.factorize.average,
            "--restart-range makes a share of the restarts, and --average needs all of them");
  const Range range = *options.restart_range;
  refuse_if(range.end > options.factorize.restarts,
            "--restart-range ends at " + std::to_string(range.end) + ", beyond the " +
                std::to_string(options.factorize.restarts) + " --restarts");
  options.factorize.first_restart = range.begin;
  options.factorize.restarts = range.size();
}

/// A weight that is stated leaves nothing to choose.
void settle_tune(FitOptions& options, const StatedOptions& stated) {
  const bool weight_stated = stated.has("l2-A") || stated.has("l2-S");
  refuse_if(stated.has("tune") && options.tune && weight_stated,
            "--tune contradicts --l2-A and --l2-S: it chooses them");
  if (weight_stated || (stated.has("center") && !options.factorize.center)) options.tune = false;
  refuse_if(options.tune && !options.factorize.center, "--tune goes with --center");
}

/// What the options say of entries, for the readers and for the solver.
void settle_entries(FitOptions& options, const StatedOptions& stated) {
  FactorizeOptions& factorize = options.factorize;
  refuse_if(stated.has("weights") && stated.has("uncertainties"),
            "--weights contradicts --uncertainties: state one of them");
  if (options.matrix.nan_is_missing) {
    refuse_if(stated.has("unstored") && factorize.unstored != 0,
              "--nan missing goes with --unstored missing: what is not a number is not stored");
    factorize.unstored = 0;
    options.matrix.read.values = ValueRule::nonnegative_or_nan;
  }
  refuse_if(options.confidence > 0 && (stated.has("weights") || stated.has("uncertainties")),
            "--confidence makes weights of the matrix itself: drop --weights and --uncertainties");
  refuse_if(options.confidence > 0 && factorize.unstored == 0,
            "--confidence needs --unstored above 0: where only what was chosen counts, all is 1");
  settle_tune(options, stated);
  factorize.weighted = options.weighted();
  options.weights_transposed = options.matrix.read.transpose;
  if (!counts_all_alike(factorize)) options.matrix.read.zeros = StatedZeros::observed;
}

void settle_draws(FitOptions& options, const StatedOptions& stated) {
  if (!stated.has("draws")) return;
  FactorizeOptions& factorize = options.factorize;
  options.replay_all_draws = !stated.has("max-iterations");
  if (!stated.has("tolerance")) factorize.stop.tolerance = 0;
}

}  // namespace

OptionGroup stop_options(FitOptions& options) {
  return {"When to stop",
          joined(setting_options(options.factorize, SettingGroup::stopping),
                 {switch_option("keep-partial", options.keep_partial,
                                "write the best so far when a time limit or signal ends the run"),
                  number_option("checkpoint-every", "SECONDS", options.checkpoint_every, 0,
                                "time between checkpoints"),
                  choice_option("resume", options.resume, kResumePolicies,
                                "continue from a checkpoint in the output folder")})};
}

OptionGroup layout_options(FitOptions& options) {
  PlanOverrides& plan = options.plan;
  const auto at_least_one = [](const std::string& option, const std::string& text) {
    return parse_count(option, text, 1);
  };
  const std::vector<Option> of_groups = {
      {"grid", 0, "PRxPC", "", "processes of a group, rows x columns", into(plan.grid, parse_grid)},
      {"groups", 0, "G", "", "groups of processes that work on different starts",
       into(plan.groups, at_least_one)},
      {"batch", 0, "B", "", "starts that a group advances together",
       into(plan.batch, at_least_one)}};
  const Option precision = told(
      choice_option("precision", options.single_precision, kPrecisions,
                    "of the matrix and the factors in memory"),
      Told::always, [&] { return SettingValue(name_in(kPrecisions, options.single_precision)); });
  const Option dry_run = switch_option("dry-run", options.dry_run,
                                       "print the layout and the predicted memory, then stop");
  return {"Layout on processes (chosen by size, memory and traffic unless stated)",
          joined(joined(of_groups, setting_options(options.factorize, SettingGroup::layout)),
                 {precision, dry_run})};
}

OptionGroup output_options(FitOptions& options, const std::string& folder_help) {
  return {
      "Output",
      {output_option("DIR", options.output, folder_help),
       switch_option("overwrite", options.overwrite, "replace a finished run in that folder"),
       output_format_option(options.output_format),
       choice_option("progress", options.progress, kProgressStyles, "on stderr, from process 0"),
       quiet_option(options.quiet)}};
}

void settle_output(FitOptions& options) {
  refuse_if(options.output.empty(), "--output: the folder has no name");
  const bool shows =
      options.progress == ProgressStyle::bar || options.progress == ProgressStyle::lines;
  refuse_if(options.quiet && shows, "--quiet contradicts --progress");
  if (options.quiet) options.progress = ProgressStyle::none;
}

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
      .groups = {file_options(options.matrix), entry_options(options), solver_options(options),
                 start_options(options), known_options(options), trust_options(options.trust),
                 stop_options(options), layout_options(options),
                 output_options(options, "folder of the results; may contain SLURM's %j %A %a %x")},
      .presets = fit_presets()};
}

std::optional<FitOptions> parse_fit(const std::vector<std::string>& arguments,
                                    const TextReader& read_text) {
  FitOptions options;
  const StatedOptions stated = parse_options(fit_syntax(options), arguments, read_text);
  if (stated.help()) return {};
  refuse_if(options.factorize.components == 0, "missing -k: how many components?");
  settle_output(options);
  settle_entries(options, stated);
  settle(options.factorize, stated.names());
  check_settings(options.factorize, stated.names());
  check_own_abilities(options);
  check_known(options);
  settle_start(options, stated);
  settle_restart_range(options);
  settle_draws(options, stated);
  check_trust(options, stated);
  return options;
}

std::vector<std::pair<std::string, SettingValue>> reported_options(const FitOptions& options,
                                                                   const FactorizeOptions& run) {
  FitOptions told = options;
  told.factorize = run;
  // What is left of the time when the run begins is no longer what was asked for.
  told.factorize.stop.max_seconds = options.factorize.stop.max_seconds;
  told.factorize.average = options.factorize.average;  // a consensus keeps the factors of all, too
  std::vector<OptionGroup> groups = fit_syntax(told).groups;
  std::ranges::rotate(groups, groups.begin() + 1);  // how the matrix was read comes last
  std::vector<std::pair<std::string, SettingValue>> fields;
  for (const Told when : {Told::always, Told::where_it_has_effect}) {
    const bool always = when == Told::always;
    for (const Setting& setting : settings()) {
      if (setting.told != when || !(always || has_effect(setting, told.factorize))) continue;
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
