#include "partita/base/error.hpp"
#include "partita/io/formats/factor_files.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <optional>

#include "base/interruption.hpp"
#include "base/stopwatch.hpp"
#include "base/threads.hpp"
#include "comm/collectives.hpp"
#include "commands/command.hpp"
#include "consensus_files.hpp"
#include "cores.hpp"
#include "exit_codes.hpp"
#include "factorize/factorize.hpp"
#include "factorize/run/checkpoint.hpp"
#include "fit_job.hpp"
#include "fit_options.hpp"
#include "fit_trust.hpp"
#include "io/files/atomic_file.hpp"
#include "io/read_block.hpp"
#include "job/given_files.hpp"
#include "job/open_penalty.hpp"
#include "job/prepared_job.hpp"
#include "progress.hpp"
#include "run_folder.hpp"
#include "run_report.hpp"
#include "shared_text.hpp"
#include "signals.hpp"
#include "slurm_job_end.hpp"

namespace partita::app {

namespace {

/// Within so many seconds what is nearly done may end after a time limit or a signal.
constexpr double kSecondsToEnd = 1.5;

void warn(const std::string& message) {
  std::fprintf(stderr, "partita: %s\n", message.c_str());
}

template <class Real>
std::optional<GivenStart> read_given_parts(const Communicator& world, const FitJob& job,
                                           const DistributedMatrix<Real>* X) {
  return read_given(world, job, {job.options.matrix.file, job.shape, job.source->labels()},
                    X != nullptr ? X->factor_rows() : Range{},
                    X != nullptr ? X->factor_columns() : Range{},
                    {.opened =
                         [&](const std::string& file, const MatrixSource& source) {
                           tell_warnings(world, file, source, job.options.quiet);
                         },
                     .warning =
                         [&](const std::string& message) {
                           if (!job.options.quiet) warn(message);
                         }});
}

/// The stop reason of the whole run: an early stop of any restart, or of those that never began,
/// outweighs how the best one ended. Collective over `world`.
StopReason overall_status(const Communicator& world, const Factorization& result,
                          Index expected_restarts) {
  StopReason status = result.best.stop;
  if (world.is_root()) {
    bool missing = static_cast<Index>(result.restarts.size()) < expected_restarts;
    for (const RestartResult& restart : result.restarts) {
      const bool early =
          restart.stop == StopReason::time_limit || restart.stop == StopReason::interrupted;
      if (early) status = restart.stop;
      missing = missing && !early;
    }
    if (missing) status = stop_signalled() ? StopReason::interrupted : StopReason::time_limit;
  }
  int shared = static_cast<int>(status);
  broadcast(world, std::span<int>(&shared, 1), 0);
  return static_cast<StopReason>(shared);
}

/// Biases, and the factors of all restarts, where there are any.
void write_more(const Communicator& world, const RunFolder& folder, const FitJob& job,
                const Factors& factors, const MatrixFormat& format) {
  const auto write = [&](Side side, const TallMatrix<double>& values, const char* name) {
    const bool of_A = side == Side::A;
    const FactorShare share{side, values, of_A ? factors.rows : factors.columns,
                            of_A ? job.shape.rows : job.shape.columns};
    write_factor(world, folder.new_file(name + format.extensions.front()), share,
                 job.source->labels(), format.name);
  };
  if (job.factorize.bias) {
    write(Side::A, factors.row_bias, kRowBiasFile);
    write(Side::S, factors.column_bias, kColumnBiasFile);
  }
  if (job.options.factorize.average) {
    write(Side::A, factors.stack_A, kStackFileOfA);
    write(Side::S, factors.stack_S, kStackFileOfS);
  }
}

const MatrixFormat& output_format(const FitJob& job) {
  const bool labelled = job.shape.has_row_labels || job.shape.has_column_labels;
  return factor_format(job.options.output_format, labelled);
}

void write_factors(const Communicator& world, const RunFolder& folder, const FitJob& job,
                   const Factors& factors) {
  const FactorShare A{Side::A, factors.A, factors.rows, job.shape.rows};
  const FactorShare S{Side::S, factors.S, factors.columns, job.shape.columns};
  const MatrixFormat& format = output_format(job);
  for (const FactorShare& share : {A, S}) {
    write_factor(world, folder.new_file(factor_file_name(share.side, format)), share,
                 job.source->labels(), format.name);
  }
  write_more(world, folder, job, factors, format);
}

RunHooks make_hooks(const Communicator& world, ProgressReporter& progress,
                    const SlurmJobEnd& job_end) {
  RunHooks hooks;
  hooks.stop_requested = stop_signalled;
  hooks.seconds_left = [&job_end] { return job_end.seconds_left(); };
  hooks.on_warning = warn;
  if (world.is_root()) {
    hooks.on_iteration = [&progress](const Progress& state) { progress.report(state); };
  }
  return hooks;
}

/// What was factored, how and with what: all that is written.
struct FinishedJob {
  const FitJob& job;
  const Factorization& result;
  const FitTrust& trust;
  StopReason status;
  double frobenius_norm = 0;  ///< of X
  Index stored = 0;           ///< entries of X
  std::optional<EntryFacts> entries = {};
};

RunFacts facts_of(const FinishedJob& done, double seconds) {
  const FitJob& job = done.job;
  return {.options = job.options,
          .factorize = job.factorize,
          .shape = job.shape,
          .plan = job.plan,
          .memory = job.memory,
          .frobenius_norm = done.frobenius_norm,
          .stored = done.stored,
          .entries = done.entries,
          .consensus = done.trust.consensus ? std::optional(consensus_record(*done.trust.consensus))
                                            : std::nullopt,
          .bootstrap = done.trust.bootstrap,
          .status = done.status,
          .seconds = seconds};
}

/// Writes run.json. Whatever fails, the other results are kept. Collective over `world`.
/// @throws Error (input_output) that says where they are.
void write_report(const Communicator& world, RunFolder& folder, const FinishedJob& done,
                  const PhaseLog& phases, double seconds) {
  const RunFacts facts = facts_of(done, seconds);
  try {
    const RunRecord record = run_record(world, facts, done.result, phases);
    write_text_file(world, folder.new_file("run.json"), world.is_root() ? text_of(record) : "");
  } catch (const Error& error) {
    const std::string place = folder.keep_incomplete();
    throw Error(ErrorKind::input_output,
                std::string("run.json could not be written: ") + error.what() +
                    "; the factors, traces.csv and restarts.csv are in '" + place + "'");
  }
}

/// All files of the run, which take their places together. Collective over `world`.
void write_results(const Communicator& world, RunFolder& folder, const FinishedJob& done,
                   PhaseLog& phases, const Stopwatch& clock) {
  folder.begin_results();
  const RunFacts facts = facts_of(done, clock.seconds());
  phases.run("write", [&] {
    write_factors(world, folder, done.job, done.result.factors);
    if (done.trust.consensus) {
      write_consensus(world, folder, *done.trust.consensus, done.result.factors, *done.job.source,
                      output_format(done.job));
    }
    write_text_file(world, folder.new_file("traces.csv"), traces_csv(facts, done.result.restarts));
    write_text_file(world, folder.new_file("restarts.csv"),
                    restarts_csv(facts, done.result.restarts));
  });
  write_report(world, folder, done, phases, clock.seconds());
  folder.publish();
}

/// The bootstrap of a fit that is written, and what run.json tells of it. Collective over `world`.
/// @return whether it came to its end.
template <class Real>
bool add_bootstrap(const Communicator& world, const RunFolder& folder, const FinishedJob& done,
                   const DistributedMatrix<Real>* X, FitTrust& trust, PhaseLog& phases,
                   const Stopwatch& clock) {
  RunHooks hooks;
  hooks.stop_requested = stop_signalled;
  hooks.on_warning = warn;
  try {
    trust.bootstrap = phases.run("bootstrap", [&] {
      return run_bootstrap<Real>(world, done.job, X, done.result.factors, trust.how, folder, hooks);
    });
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::interrupted) throw;
    if (world.is_root()) {
      warn("the bootstrap was stopped early and leaves no intervals; the fit is complete in '" +
           folder.path() + "' (the same command begins anew with --overwrite)");
    }
    return false;
  }
  const InterruptionHold hold(kSecondsToEnd);
  const RunRecord record = run_record(world, facts_of(done, clock.seconds()), done.result, phases);
  write_text_file(world, folder.file("run.json"), world.is_root() ? text_of(record) : "");
  return true;
}

/// @throws Error (input_output) when a run that stopped early cannot be continued from there.
void check_saved(const Factorization& result) {
  if (result.checkpoint_failure.empty()) return;
  throw Error(ErrorKind::input_output,
              "stopped early, and what was done since the last checkpoint is lost, as no new one "
              "could be written: " +
                  result.checkpoint_failure);
}

/// Penalties on one factor alone: what comes of them, and what to ask for instead.
std::string degenerate_penalties(const FactorizeOptions& options) {
  // A centre, or the other factor, says how large the penalised one is.
  const bool held = options.center || one_factor_is_fixed(options);
  if (!options.penalties.degenerate() || held) return "";
  const bool of_A = options.penalties.of_A().any();
  const std::string penalised = of_A ? "A" : "S";
  const std::string other = of_A ? "S" : "A";
  return "only " + penalised + " is penalised: A S stays the same while " + penalised +
         " shrinks and " + other +
         " grows, so the penalty has no minimum and ends near nothing; penalise " + other +
         " too (--l2-" + other + " L or --l1-" + other +
         " L): the scale of every component is then the best one, and the penalty is of A S alone";
}

/// What restarts that diverged have in common, or nothing. On process 0.
std::string divergence(const std::vector<RestartResult>& restarts) {
  const auto count = std::ranges::count(restarts, StopReason::diverged, &RestartResult::stop);
  if (count == 0) return "";
  return std::to_string(count) + " of " + std::to_string(restarts.size()) +
         " restarts diverged: what is minimised ceased to be a number, or no pass could lower it; "
         "try --nnls hals, --precision double, smaller penalties or another start";
}

/// Rows and columns that say nothing of themselves.
void tell_empty_lines(const EntryFacts& entries) {
  if (entries.empty_rows == 0 && entries.empty_columns == 0) return;
  const auto some = [](Index count, const char* one) {
    return count == 0 ? "" : std::to_string(count) + " " + one + (count == 1 ? "" : "s");
  };
  const std::string rows = some(entries.empty_rows, "row");
  const std::string columns = some(entries.empty_columns, "column");
  warn(rows + (rows.empty() || columns.empty() ? "" : " and ") + columns +
       " without known entries: their factors are what the penalty prefers");
}

std::function<void(const std::string&)> tune_teller(bool quiet) {
  if (quiet) return {};
  return [](const std::string& told) { warn("--tune: " + told); };
}

/// Reads, factors and writes.
template <class Real>
FitEnd run_job(const Communicator& world, FitJob& job, const Stopwatch& clock) {
  const ThreadScope threads(job.factorize.threads);  // X is arranged for them when it is read
  RunFolder folder(world, job.options.output, job.options.overwrite);
  const SlurmJobEnd job_end(world.is_root());
  PhaseLog phases(world.traffic());
  // The limit is on the whole command, so what reading takes is gone.
  double& max_seconds = job.factorize.stop.max_seconds;
  std::optional<TimeLimit> limit(max_seconds - clock.seconds() + kSecondsToEnd);
  auto X = phases.run(
      "read", [&] { return read_matrix<Real>(world, job, *job.source, job.options.matrix.file); });
  const DistributedMatrix<Real>* mine = X ? &*X : nullptr;
  const auto start = read_given_parts<Real>(world, job, mine);
  const std::optional<EntryFacts> entries = entry_facts(world, X);
  if (entries && world.is_root() && !job.options.quiet) tell_empty_lines(*entries);
  RunHooks hooks;
  hooks.stop_requested = stop_signalled;
  const double apart = settle_by_entries(world, job, X, hooks, tune_teller(job.options.quiet));
  limit.reset();
  max_seconds = std::max(0.0, max_seconds - max_over(world, clock.seconds()));
  FitTrust trust;
  if (job.options.trust.bootstrap > 0) trust.how = settle_bootstrap<Real>(world, job, mine);
  ProgressReporter progress(job.options.progress, job.factorize.restarts,
                            job.factorize.stop.max_iterations);
  const Stopwatch since_read;
  const CheckpointOptions checkpoint{folder.file("checkpoint"), job.options.checkpoint_every,
                                     job.options.resume};
  Factorization result = phases.run("factorize", [&] {
    return factorize<Real>(world, job.plan, mine, job.factorize, start,
                           make_hooks(world, progress, job_end), checkpoint);
  });
  progress.finish();
  result.mean = apart;
  if (const std::string told = divergence(result.restarts); !told.empty()) warn(told);

  const StopReason status = overall_status(world, result, job.factorize.restarts);
  const bool early = status == StopReason::time_limit || status == StopReason::interrupted;
  if (!early && job.options.trust.consensus) {
    phases.run("consensus", [&] { find_consensus<Real>(world, job, mine, result.factors, trust); });
  }
  std::optional<InterruptionHold> hold(
      std::in_place, early ? std::numeric_limits<double>::infinity() : kSecondsToEnd);
  const FinishedJob done{.job = job,
                         .result = result,
                         .trust = trust,
                         .status = status,
                         .frobenius_norm = max_over(world, X ? X->frobenius_norm() : 0.0),
                         .stored = max_over(world, X ? X->stored() : Index{0}),
                         .entries = entries};
  if (!early || job.options.keep_partial) {
    write_results(world, folder, done, phases, clock);
    if (!early) remove_checkpoints(world, checkpoint.folder);
    throw_failure(trust, folder.path());
  }
  if (early && world.is_root() && result.checkpoint_failure.empty()) {
    std::fputs(
        "partita: stopped early; the same command continues from the checkpoint (--keep-partial "
        "also writes the best so far)\n",
        stderr);
  }
  if (early) check_saved(result);
  int code = early ? kStoppedEarly : kDone;
  if (!early && job.options.trust.bootstrap > 0) {
    hold.reset();
    max_seconds = std::max(0.0, max_seconds - max_over(world, since_read.seconds()));
    if (!add_bootstrap<Real>(world, folder, done, mine, trust, phases, clock)) code = kStoppedEarly;
  }
  return {.code = code,
          .status = status,
          .best = std::move(result.best),
          .factors = std::move(result.factors),
          .seconds = clock.seconds()};
}

/// Whether an earlier run, or this one, has left a checkpoint that the same command continues.
/// Collective over `world`.
bool has_checkpoint(const Communicator& world, const std::string& output) {
  std::error_code ignored;
  const bool found = world.is_root() && std::filesystem::exists(output + "/checkpoint", ignored);
  return max_over(world, found ? 1 : 0) > 0;
}

int run_fit(const Communicator& world, const std::vector<std::string>& arguments) {
  const Stopwatch clock;
  const auto options =
      parse_fit(arguments, [&](const std::string& path) { return read_shared_text(world, path); });
  if (!options) {
    FitOptions defaults;
    print_on_root(world, help_text(fit_syntax(defaults)));
    return kDone;
  }
  FitJob job = prepare_fit(world, *options);
  const std::string crowded = crowding(world, job.factorize.threads);
  if (!crowded.empty() && !options->quiet && world.is_root()) warn(crowded);
  const std::string degenerate = degenerate_penalties(job.factorize);
  if (!degenerate.empty() && !options->quiet && world.is_root()) warn(degenerate);
  if (options->dry_run) {
    print_on_root(world, describe_plan(world, job));
    return kDone;
  }
  check_memory(job.plan, job.memory);
  const FitEnd end = run_fit_job(world, job, clock);
  if (end.best.restart >= 0) {
    print_on_root(world, summary_line(end.best, end.status, end.seconds, job.options.output));
  }
  return end.code;
}

}  // namespace

FitEnd run_fit_job(const Communicator& world, FitJob& job, const Stopwatch& clock) {
  try {
    return job.options.single_precision ? run_job<float>(world, job, clock)
                                        : run_job<double>(world, job, clock);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::interrupted || !has_checkpoint(world, job.options.output)) {
      throw;
    }
    if (world.is_root()) {
      warn(std::string(error.what()) + "; the same command continues from the last checkpoint");
    }
    FitEnd nothing_new{.code = kStoppedEarly};
    nothing_new.best.restart = -1;
    return nothing_new;
  }
}

Command fit_command() {
  return {"fit", "factor a matrix", [] { return described(fit_syntax); }, run_fit};
}

}  // namespace partita::app
