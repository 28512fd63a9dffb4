#include "select/select.hpp"

#include "partita/base/error.hpp"
#include "partita/io/formats/factor_files.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/interruption.hpp"
#include "base/stopwatch.hpp"
#include "base/threads.hpp"
#include "comm/collectives.hpp"
#include "commands/command.hpp"
#include "cores.hpp"
#include "exit_codes.hpp"
#include "factorize/run/checkpoint_folder.hpp"
#include "fit_job.hpp"
#include "io/files/atomic_file.hpp"
#include "progress.hpp"
#include "run_folder.hpp"
#include "select/choice/data_cautions.hpp"
#include "select/stability/stability.hpp"
#include "select_options.hpp"
#include "select_report.hpp"
#include "shared_text.hpp"
#include "signals.hpp"

namespace partita::app {

namespace {

constexpr const char* kFitsFolder = "/select-checkpoint";

void warn(const std::string& message) {
  std::fprintf(stderr, "partita: %s\n", message.c_str());
}

std::string of_time(double seconds) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), seconds < 10 ? "%.1f s" : "%.0f s", seconds);
  return text.data();
}

PoolHooks make_hooks(ProgressReporter& progress) {
  PoolHooks hooks;
  hooks.stop_requested = stop_signalled;
  hooks.on_warning = warn;
  hooks.on_fit = [&progress](const PoolProgress& at) {
    progress.show(static_cast<double>(at.done) / static_cast<double>(at.dealt),
                  "fit " + std::to_string(at.done) + " of " + std::to_string(at.dealt) + " (" +
                      at.task.name() + "), about " + of_time(at.seconds_left) + " left");
  };
  return hooks;
}

/// Measures and chooses. Collective over `world`.
Selection select(const Communicator& world, const SelectCommandOptions& options,
                 const PreparedSelection& prepared, MatrixSource& source) {
  // Holds the folder, and refuses one that holds a finished run.
  const RunFolder folder(world, options.fit.output, options.fit.overwrite);
  ProgressReporter progress(options.fit.progress, 1, 1);
  PoolHooks hooks = make_hooks(progress);
  if (!world.is_root()) hooks.on_fit = {};
  const CheckpointOptions checkpoint{options.fit.output + kFitsFolder, options.fit.checkpoint_every,
                                     options.fit.resume};
  Selection selection = run_selection(world, prepared, source, options.fit.matrix.file,
                                      options.select, checkpoint, hooks);
  progress.finish();
  return selection;
}

/// The job that fits the chosen k.
FitOptions fit_of(const SelectCommandOptions& options, Index chosen, double seconds_gone) {
  FitOptions fit = options.fit;
  fit.factorize.components = chosen;
  if (fit.trust.consensus) fit.plan.groups.reset();  // on all processes together
  // A checkpoint that was required is that of the choice.
  if (fit.resume == ResumePolicy::require) fit.resume = ResumePolicy::automatic;
  fit.factorize.stop.max_seconds = std::max(0.0, fit.factorize.stop.max_seconds - seconds_gone);
  return fit;
}

/// How much each component varies over the rows of a factor, which all processes have between them.
/// Collective over `world`.
std::vector<double> variation(const Communicator& world, const TallMatrix<double>& W,
                              Index components) {
  const auto k = static_cast<std::size_t>(components);
  std::vector<double> sums(2 * k + 1, 0.0);
  sums[2 * k] = static_cast<double>(W.rows());
  for (Index i = 0; i < W.rows(); ++i) {
    for (std::size_t l = 0; l < k; ++l) {
      const double value = W.row(i)[l];
      sums[l] += value;
      sums[k + l] += value * value;
    }
  }
  sum_over(world, std::span<double>(sums));
  std::vector<double> result;
  for (std::size_t l = 0; l < k; ++l) {
    result.push_back(
        coefficient_of_variation(static_cast<Index>(sums[2 * k]), sums[l], sums[k + l]));
  }
  return result;
}

/// Cautions that need the data and the factors. Collective over `world`.
void add_cautions(const Communicator& world, const Factors& factors, Selection& selection) {
  RankChoice& choice = selection.choice;
  const std::vector<double> of_A = variation(world, factors.A, choice.chosen);
  const std::vector<double> of_S = variation(world, factors.S, choice.chosen);
  if (const auto caution = background_caution(of_A, of_S)) choice.cautions.push_back(*caution);
  for (const RankRow& row : selection.rows) {
    if (row.evidence.k != choice.chosen || row.evidence.held_out.empty()) continue;
    const CountFacts facts{.all_whole = selection.facts.all_whole,
                           .mean = selection.facts.mean,
                           .residual_variance = held_out_mean(row.evidence)};
    if (const auto caution = overdispersion_caution(facts)) choice.cautions.push_back(*caution);
  }
}

/// The consensus of columns, m x m: a table where they have names. Collective over `world`.
void write_consensus(const Communicator& world, const FitJob& job, const Selection& selection) {
  const Index columns = job.shape.columns;
  if (columns > kMostConsensusColumns) return;
  const std::string file = job.options.output + "/consensus";
  if (job.shape.has_column_labels) {
    write_text_file(
        world, file + ".csv",
        world.is_root() ? consensus_csv(selection.consensus, job.source->labels().columns) : "");
    return;
  }
  const FactorShare share{Side::A, selection.consensus,
                          world.is_root() ? Range{0, columns} : Range{}, columns};
  write_factor(world, file + ".npy", share, {}, "npy");
}

std::string last_line(const Selection& selection, const FitEnd& end, const std::string& output) {
  const RankChoice& choice = selection.choice;
  std::string text = "chosen_k=" + std::to_string(choice.chosen);
  if (choice.weak > 0) {
    text += " weak=" + std::to_string(choice.weak) + " strong=" + std::to_string(choice.strong);
  }
  std::array<char, 32> seconds{};
  std::snprintf(seconds.data(), seconds.size(), "%.2f", end.seconds);
  return text + " relative_error=" + shortest(end.best.relative_error) +
         " fits=" + std::to_string(selection.fits) + " seconds=" + seconds.data() +
         " output=" + output + "\n";
}

void tell(const Selection& selection) {
  std::fputs(select_table(selection).c_str(), stderr);
  warn("k = " + std::to_string(selection.choice.chosen) + ": " + selection.choice.decided_by);
  for (const std::string& caution : selection.choice.cautions) warn("caution: " + caution);
}

/// What --dry-run prints, one 'key: value' a line.
std::string describe_selection(const Communicator& world, const PreparedSelection& prepared) {
  const JobPlan& plan = prepared.job.plan;
  const auto number = [](Index value) { return std::to_string(value); };
  const bool fits = plan.bytes_per_process <= prepared.job.memory.per_process();
  return "method: " + name_in(kSelectMethods, prepared.method) + "\n" +
         "fits: " + number(static_cast<Index>(prepared.fits.size())) + "\n" +
         "processes: " + number(world.size()) + "\n" +       //
         "groups: " + number(plan.active_groups()) + "\n" +  //
         "grid: " + number(plan.grid.rows) + "x" + number(plan.grid.columns) + "\n" +
         "shared_X: " + (plan.shares_X ? "yes" : "no") + "\n" +
         "memory_per_process: " + readable_bytes(plan.bytes_per_process) + "\n" +
         "memory_available_per_process: " + readable_bytes(prepared.job.memory.per_process()) +
         "\n" + "fits_memory: " + (fits ? "yes" : "no") + "\n";
}

int run_select(const Communicator& world, const std::vector<std::string>& arguments) {
  const Stopwatch clock;
  const auto parsed = parse_select(
      arguments, [&](const std::string& path) { return read_shared_text(world, path); });
  if (!parsed) {
    SelectCommandOptions defaults;
    print_on_root(world, help_text(select_syntax(defaults)));
    return kDone;
  }
  const SelectCommandOptions& options = *parsed;
  const std::string& output = options.fit.output;
  const ThreadScope threads(options.fit.factorize.threads);
  std::optional<TimeLimit> limit(options.fit.factorize.stop.max_seconds);
  const auto source = open_input(world, options.fit.matrix, options.fit.quiet);
  const PreparedSelection prepared =
      prepare_selection(world, source->shape(), options.select, options.fit);
  if (options.fit.dry_run) {
    print_on_root(world, describe_selection(world, prepared));
    return kDone;
  }
  check_memory(prepared.job.plan, prepared.job.memory);
  Selection selection;
  try {
    selection = select(world, options, prepared, *source);
  } catch (const Error& error) {
    const std::string folder = output + kFitsFolder;
    if (error.kind() != ErrorKind::interrupted || checkpoint_names(world, folder).empty()) throw;
    if (world.is_root()) {
      warn("stopped early; the same command continues with the fits that are left");
    }
    return kStoppedEarly;
  }
  limit.reset();
  FitOptions fit = fit_of(options, selection.choice.chosen, clock.seconds());
  fit.quiet = true;  // how the file was understood has been told
  FitJob job = prepare_fit(world, fit);
  job.options.quiet = options.fit.quiet;
  check_memory(job.plan, job.memory);
  const FitEnd end = run_fit_job(world, job, clock);
  if (end.code != kDone) return end.code;
  add_cautions(world, end.factors, selection);
  write_text_file(world, output + "/select.csv", select_csv(selection));
  write_consensus(world, job, selection);
  const SelectFacts facts{.file = options.fit.matrix.file,
                          .method = prepared.method,
                          .options = options.select,
                          .processes = world.size(),
                          .seconds = clock.seconds()};
  write_text_file(world, output + "/select.json", select_json(selection, facts));
  remove_checkpoints(world, output + kFitsFolder);
  if (world.is_root() && !options.fit.quiet) tell(selection);
  print_on_root(world, last_line(selection, end, output));
  return kDone;
}

}  // namespace

Command select_command() {
  return {"select", "choose how many components", [] { return described(select_syntax); },
          run_select};
}

}  // namespace partita::app
