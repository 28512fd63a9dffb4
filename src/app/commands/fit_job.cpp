#include "fit_job.hpp"

#include "partita/base/error.hpp"

#include <cmath>

#include "factorize/option_names.hpp"
#include "factorize/solve/entry_rules.hpp"
#include "factorize/solve/solver_table.hpp"
#include "io/formats/recorded_draws.hpp"
#include "job/fixed_files.hpp"
#include "model.hpp"
#include "select/measure/consensus_fit.hpp"

namespace partita::app {

namespace {

std::string describe_sketch(const FactorizeOptions& options, const MatrixShape& shape) {
  if (options.sketch > 0) return "rank " + std::to_string(options.sketch);
  const auto [lines, across] = options.subsample;
  if (lines == 0) return "none";
  const bool of_rows = subsampled_side(shape.rows, shape.columns) == Side::A;
  std::string text = std::string("starts on ") + (shape.sparse ? "about " : "") +
                     std::to_string(lines) + (of_rows ? " rows" : " columns");
  if (across > 0) text += " and " + std::to_string(across) + (of_rows ? " columns" : " rows");
  return text;
}

/// How rows are fitted to entries that do not all count alike; nothing where they do.
std::string describe_entries(const FactorizeOptions& options) {
  if (counts_all_alike(options)) return "";
  const bool by_rows = solver_row(options.solver, options.schedule).can(Ability::entry_rules);
  if (!by_rows) return "entry_rule: equations\n";
  return "entry_rule: " + name_in(kEntryRules, entry_rule(options)) + "\n";
}

/// The factors of all replicates and one X drawn anew, on all processes.
double bootstrap_bytes(const MatrixShape& shape, Index components, const FitOptions& options) {
  const double factors =
      static_cast<double>(shape.rows + shape.columns) * static_cast<double>(components);
  const double entry = (options.single_precision ? 4 : 8) + (shape.sparse ? 4 : 0);
  return sizeof(double) * factors * static_cast<double>(options.trust.bootstrap) +
         entry * static_cast<double>(shape.stored);
}

}  // namespace

FitJob prepare_fit(const Communicator& world, const FitOptions& options) {
  FitJob job;
  job.options = options;
  if (!options.model.empty()) {
    const Model model = read_model(world, options.model);
    job.options.init_A = model.A_file;
    job.options.init_S = model.S_file;
  }
  job.source = open_input(world, options.matrix, options.quiet);
  const MatrixShape& shape = job.source->shape();
  FactorizeOptions factorize = options.factorize;
  if (!options.draws.empty()) {
    factorize.draws = read_recorded_draws(world, options.draws, shape.rows, shape.columns);
    const auto recorded = static_cast<Index>(factorize.draws.size());
    if (options.replay_all_draws) factorize.stop.max_iterations = recorded;
  }
  factorize.fixed = count_fixed(world, options);
  if (options.trust.consensus) factorize.average = true;  // the factors of all restarts
  if (options.trust.bootstrap > 0) {
    job.options.plan.groups = 1;  // replicates are fitted by all processes together
    if (options.trust.kind == Resampling::multinomial) {
      job.options.plan.grid = GridShape{world.size(), 1};
    }
  }
  // Every start would come to the same.
  if (one_factor_is_fixed(factorize) && !options.states_restarts) factorize.restarts = 1;
  static_cast<PreparedJob&>(job) = prepare_job(world, shape, factorize, job.options);
  if (options.trust.bootstrap > 0) {
    job.plan.bytes_per_process += bootstrap_bytes(job.shape, factorize.components, options) /
                                  static_cast<double>(world.size());
  }
  if (options.trust.consensus) {
    job.plan.bytes_per_process +=
        consensus_bytes(shape.columns, factorize.components, factorize.restarts);
  }
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
         describe_entries(job.factorize) +
         "restarts_per_group: " + number(plan.restarts_of(0).size()) + "\n" +  //
         "largest_block: " + number(layout.block_rows(0).size()) + " x " +
         number(layout.block_columns(0).size()) + "\n" +  //
         "memory_per_process: " + readable_bytes(plan.bytes_per_process) + "\n" +
         "memory_available_per_process: " + readable_bytes(job.memory.per_process()) + "\n" +
         "fits_memory: " + (fits ? "yes" : "no") + "\n" +
         "words_per_pass: " + shortest(std::round(plan.words_per_pass)) + "\n";
}

}  // namespace partita::app
