#include "fit_options.hpp"

#include "partita/base/error.hpp"

#include "output_name.hpp"

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

OptionGroup solver_options(FactorizeOptions& options) {
  return {"Factorisation",
          {{"components", 'k', "K", "", "number of components (required)",
            into_count(options.components, 1)},
           {"solver", 0, "als|kaczmarz|mu", "als",
            "alternating least squares, randomized Kaczmarz, or multiplicative updates",
            into_choice(options.solver, kSolvers)},
           {"nnls", 0, "hals|bpp|none|clip", "hals",
            "how als solves its least squares: accelerated HALS, exact by block pivoting, without "
            "constraint (implies --constraint none), or without and then clipped",
            into_choice(options.nnls, kNnlsSolvers)},
           {"schedule", 0, "sweep|random", "sweep",
            "update all rows and columns in an iteration, or --samples drawn ones",
            into_choice(options.schedule, kSchedules)},
           {"samples", 0, "N", "1", "rows and columns drawn in an iteration (random schedule)",
            into_count(options.samples, 1)},
           {"inner", 0, "N", std::to_string(options.inner),
            "steps for each drawn row and column (kaczmarz, random schedule)",
            into_count(options.inner, 1)},
           {"sampling", 0, "norm|uniform", "norm",
            "how the row of a step is drawn: by its squared norm, or all alike (kaczmarz, random "
            "schedule)",
            into_choice(options.sampling, kSamplings)},
           {"relaxation", 0, "decay|NUMBER", "decay",
            "length of a step: 1/(1+t), t in passes over X, or a number above 0 (kaczmarz, random "
            "schedule)",
            [&options](const std::string& option, const std::string& text) {
              options.relaxation = text == "decay" ? 0 : parse_number(option, text, 0);
              if (text != "decay" && options.relaxation == 0) {
                throw Error(ErrorKind::usage, option + ": '" + text + "' is not above 0");
              }
            }},
           {"constraint", 0, "nonnegative|none", "nonnegative",
            "on the factors; with als, none implies --nnls none",
            into_choice(options.constraint, kConstraints)},
           {"l1-A", 0, "L", "0", "penalty L * sum of the entries of A",
            into_number(options.penalties.l1_A, 0)},
           {"l1-S", 0, "L", "0", "penalty L * sum of the entries of S",
            into_number(options.penalties.l1_S, 0)},
           {"l2-A", 0, "L", "0", "penalty L/2 * sum of the squares of A",
            into_number(options.penalties.l2_A, 0)},
           {"l2-S", 0, "L", "0", "penalty L/2 * sum of the squares of S",
            into_number(options.penalties.l2_S, 0)}}};
}

OptionGroup start_options(FitOptions& options) {
  FactorizeOptions& factorize = options.factorize;
  return {
      "Starts",
      {{"restarts", 0, "R", "5", "starts to try (1 with --init given or nndsvd)",
        into_count(factorize.restarts, 1)},
       {"restart-range", 0, "BEGIN:END", "all of them",
        "make only these of the --restarts, counted from 0, with the numbers and starts that "
        "they have in the whole: a share for one task of a job array",
        into(options.restart_range, parse_range)},
       {"race", 0, "", "",
        "keep the best quarter of the restarts after 2 iterations, half of those after 4, 10, 24 "
        "..., until two (of more than 16 an eighth, four at most) run to their ends (sweep "
        "schedule)",
        into(factorize.race)},
       {"sketch", 0, "auto|on|off", "auto",
        "run the starts on a compressed matrix and polish them on the exact one; auto: that in a "
        "race of a large dense matrix, else fit them to some of its rows or columns first (als, "
        "sweep schedule)",
        into_choice(options.sketch, kSketches)},
       {"seed", 0, "N", "0", "of all random numbers", into(factorize.seed, parse_seed)},
       {"init", 0, "random|nndsvd|columns|given", "random",
        "start: uniform numbers, from a singular value decomposition, from columns and rows "
        "of the matrix, or from files",
        into_choice(factorize.init, kStarts)},
       {"init-A", 0, "FILE", "", "A of --init given", into(options.init_A)},
       {"init-S", 0, "FILE", "", "S of --init given", into(options.init_S)},
       {"draws", 0, "FILE", "",
        "replay the recorded draws of a CSV file (random schedule): iteration,column,row and, "
        "for kaczmarz, inner_row,inner_column",
        into(options.draws)}}};
}

OptionGroup stop_options(FitOptions& options) {
  StopOptions& stop = options.factorize.stop;
  return {
      "When to stop",
      {{"max-iterations", 0, "N", "500", "iterations of one start (with --draws: all of them)",
        into_count(stop.max_iterations, 0)},
       {"tolerance", 0, "T", "1e-4",
        "stop when the error fell by less than T of itself over the last 10 iterations (with "
        "--draws: 0)",
        into_number(stop.tolerance, 0)},
       {"max-time", 0, "TIME", "none",
        "seconds, M:S or H:M:S; the run then ends in good order with exit code 75",
        into(stop.max_seconds, parse_duration)},
       {"keep-partial", 0, "", "", "write the best so far when a time limit or signal ends the run",
        into(options.keep_partial)},
       {"checkpoint-every", 0, "SECONDS", "300", "time between checkpoints",
        into_number(options.checkpoint_every, 0)},
       {"resume", 0, "auto|never|require", "auto",
        "continue from a checkpoint in the output folder",
        into_choice(options.resume, kResumePolicies)}}};
}

OptionGroup layout_options(FitOptions& options) {
  FactorizeOptions& factorize = options.factorize;
  PlanOverrides& plan = options.plan;
  return {
      "Layout on processes (chosen by size, memory and traffic unless stated)",
      {{"grid", 0, "PRxPC", "", "processes of a group, rows x columns",
        into(plan.grid, parse_grid)},
       {"groups", 0, "G", "", "groups of processes that work on different starts",
        into(plan.groups, [](const std::string& option,
                             const std::string& text) { return parse_count(option, text, 1); })},
       {"batch", 0, "B", "", "starts that a group advances together",
        into(plan.batch, [](const std::string& option,
                            const std::string& text) { return parse_count(option, text, 1); })},
       {"threads", 0, "N", "1",
        "threads of each process (sweep schedule): for more cores than processes",
        into_count(factorize.threads, 1)},
       {"precision", 0, "double|single", "double", "of the matrix and the factors in memory",
        into_choice(options.single_precision, kPrecisions)},
       {"dry-run", 0, "", "", "print the layout and the predicted memory, then stop",
        into(options.dry_run)}}};
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

void check_solver(const FactorizeOptions& options, const StatedOptions& stated) {
  const bool random = options.schedule == Schedule::random;
  const bool kaczmarz = options.solver == SolverKind::kaczmarz;
  refuse_if(options.solver == SolverKind::mu && random,
            "--solver mu has no --schedule random: it updates all rows and columns");
  refuse_if(options.solver == SolverKind::mu && options.constraint == Constraint::none,
            "--solver mu cannot drop the constraint: its factors are non-negative by construction");
  refuse_if(options.solver != SolverKind::als && stated.has("nnls"),
            "--nnls applies to --solver als only");
  refuse_if(options.threads > 1 && random,
            "--threads applies to --schedule sweep only: drawn rows are too little work to share");
  refuse_if(stated.has("samples") && !random, "--samples applies to --schedule random only");
  for (const std::string name : {"inner", "sampling", "relaxation"}) {
    refuse_if(stated.has(name) && !(kaczmarz && random),
              "--" + name + " applies to --solver kaczmarz with --schedule random only");
  }
}

void settle_constraint(FactorizeOptions& options, const StatedOptions& stated) {
  if (options.solver != SolverKind::als) return;
  const bool unconstrained = options.constraint == Constraint::none;
  refuse_if(unconstrained && stated.has("nnls") && options.nnls != NnlsKind::none,
            "--constraint none contradicts --nnls " + name_in(kNnlsSolvers, options.nnls) +
                ": without a constraint it is --nnls none");
  refuse_if(options.nnls == NnlsKind::none && stated.has("constraint") && !unconstrained,
            "--nnls none contradicts --constraint nonnegative");
  if (unconstrained) options.nnls = NnlsKind::none;
  if (options.nnls == NnlsKind::none) options.constraint = Constraint::none;
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
  refuse_if(factorize.schedule != Schedule::random, "--draws needs --schedule random");
  for (const std::string name : {"samples", "inner", "sampling"}) {
    refuse_if(stated.has(name), "--" + name + " contradicts --draws, which states what is drawn");
  }
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
      .groups = {matrix_options(options.matrix), solver_options(options.factorize),
                 start_options(options), stop_options(options), layout_options(options),
                 output_options(options)}};
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
  check_solver(options.factorize, stated);
  settle_constraint(options.factorize, stated);
  settle_start(options, stated);
  settle_restart_range(options);
  settle_draws(options, stated);
  return options;
}

}  // namespace partita::app
