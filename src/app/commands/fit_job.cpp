#include "fit_job.hpp"

#include "partita/base/error.hpp"
#include "partita/factorize/solver_table.hpp"
#include "partita/io/recorded_draws.hpp"

#include <cmath>

namespace partita::app {

namespace {

/// Systems start no more of them, or not much faster.
constexpr Index kMostThreads = 1024;

/// What restarts run on before they see the whole X: its compressed form, or a part of it for their
/// starts. A race gains most from the first, as only its survivors see X.
void choose_sketch(const FitOptions& options, JobFacts& facts, FactorizeOptions& factorize) {
  switch (options.sketch) {
    case SketchChoice::off:
      return;
    case SketchChoice::on:
      facts.sketch = sketch_rank(facts);
      break;
    case SketchChoice::automatic: {
      const SubsampleSize part =
          can_improve_starts(factorize) ? subsample_size(facts) : SubsampleSize{};
      if (can_compress(factorize) && (factorize.race || part.lines == 0) && sketch_pays(facts)) {
        facts.sketch = sketch_rank(facts);
      } else {
        facts.subsample = part;
      }
      break;
    }
  }
  factorize.sketch = facts.sketch;
  factorize.subsample = facts.subsample;
}

std::string describe_sketch(const FactorizeOptions& options, const MatrixShape& shape) {
  if (options.sketch > 0) return "rank " + std::to_string(options.sketch);
  const auto [lines, across] = options.subsample;
  if (lines == 0) return "none";
  const bool of_rows = subsamples_rows(shape.rows, shape.columns);
  std::string text = std::string("starts on ") + (shape.sparse ? "about " : "") +
                     std::to_string(lines) + (of_rows ? " rows" : " columns");
  if (across > 0) text += " and " + std::to_string(across) + (of_rows ? " columns" : " rows");
  return text;
}

}  // namespace

FitJob prepare_fit(const Communicator& world, const FitOptions& options) {
  FitJob job;
  job.options = options;
  job.factorize = options.factorize;
  job.source = open_input(world, options.matrix, options.quiet);
  job.shape = job.source->shape();
  if (!options.draws.empty()) {
    job.factorize.draws =
        read_recorded_draws(world, options.draws, job.shape.rows, job.shape.columns);
    const auto recorded = static_cast<Index>(job.factorize.draws.size());
    if (options.replay_all_draws) job.factorize.stop.max_iterations = recorded;
  }
  // Before anything is computed from them.
  validate(job.factorize, job.shape.rows, job.shape.columns);
  if (job.factorize.threads > kMostThreads) {
    throw Error(ErrorKind::usage, "--threads " + std::to_string(job.factorize.threads) +
                                      " is more than a process can have: at most " +
                                      std::to_string(kMostThreads));
  }
  job.memory = measure_memory(world, MemorySources::here());
  const double available = job.memory.per_process();
  JobFacts facts{
      .rows = job.shape.rows,
      .columns = job.shape.columns,
      .stored = job.shape.stored,
      .sparse = job.shape.sparse,
      .components = job.factorize.components,
      .restarts = job.factorize.restarts,
      .iterations = job.factorize.stop.max_iterations,
      .processes = world.size(),
      .threads = job.factorize.threads,
      .real_bytes = options.single_precision ? 4 : 8,
      .available_bytes = std::isfinite(available) ? available : 0,
      .processes_on_node = job.memory.processes,
      .shareable_bytes = job.memory.shareable,
      .restarts_wait = options.factorize.race,
      .one_restart_a_batch =
          !solver_row(job.factorize.solver, job.factorize.schedule).can(Ability::batches)};
  choose_sketch(options, facts, job.factorize);
  validate(job.factorize, job.shape.rows, job.shape.columns);
  job.plan = make_plan(facts, options.plan);
  return job;
}

std::string describe_plan(const Communicator& world, const FitJob& job) {
  const JobPlan& plan = job.plan;
  const MatrixLayout layout(job.shape.rows, job.shape.columns, plan.grid);
  const auto number = [](Index value) { return std::to_string(value); };
  const std::string kind = job.shape.sparse ? "sparse" : "dense";
  const bool fits = plan.bytes_per_process <= job.memory.per_process();
  return "matrix: " + number(job.shape.rows) + " x " + number(job.shape.columns) + " " + kind +
         ", " + number(job.shape.stored) + " stored\n" +                               //
         "processes: " + number(world.size()) + "\n" +                                 //
         "threads: " + number(job.factorize.threads) + "\n" +                          //
         "groups: " + number(plan.groups) + "\n" +                                     //
         "grid: " + number(plan.grid.rows) + "x" + number(plan.grid.columns) + "\n" +  //
         "shared_X: " + (plan.shares_X ? "yes" : "no") + "\n" +                        //
         "batch: " + number(plan.batch) + "\n" +                                       //
         "sketch: " + describe_sketch(job.factorize, job.shape) + "\n" +
         "restarts_per_group: " + number(plan.restarts_of(0).size()) + "\n" +  //
         "largest_block: " + number(layout.block_rows(0).size()) + " x " +
         number(layout.block_columns(0).size()) + "\n" +  //
         "memory_per_process: " + readable_bytes(plan.bytes_per_process) + "\n" +
         "memory_available_per_process: " + readable_bytes(job.memory.per_process()) + "\n" +
         "fits_memory: " + (fits ? "yes" : "no") + "\n" +
         "words_per_pass: " + shortest(std::round(plan.words_per_pass)) + "\n";
}

}  // namespace partita::app
