#include "job/prepared_job.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "comm/collectives.hpp"
#include "factorize/solve/solver_table.hpp"
#include "io/read_block.hpp"
#include "job/entry_weights.hpp"
#include "layout/plan_search.hpp"
#include "layout/shortcuts.hpp"

namespace partita {

namespace {

/// Systems start no more of them, or not much faster.
constexpr Index kMostThreads = 1024;

/// What restarts run on before they see the whole X: its compressed form, or a part of it for
/// their starts. A race gains most from the first, as only its survivors see X.
void choose_sketch(SketchChoice choice, JobFacts& facts, FactorizeOptions& factorize) {
  switch (choice) {
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

void check_threads(Index threads) {
  if (threads <= kMostThreads) return;
  throw Error(ErrorKind::usage, "--threads " + std::to_string(threads) +
                                    " is more than a process can have: at most " +
                                    std::to_string(kMostThreads));
}

/// What the entries take beside the block of X: by rows and by columns, and once more on their
/// way.
double bytes_of_entries(const JobFacts& facts, bool weighted) {
  constexpr double kOnTheirWay = 32;
  const auto real = static_cast<double>(facts.real_bytes);
  const double stored = 2 * (real + 4 + (weighted ? real : 0)) + kOnTheirWay;
  return stored * static_cast<double>(facts.stored);
}

/// The factors of all restarts, as they are kept and as they are returned.
double bytes_of_stack(const JobFacts& facts) {
  const auto numbers = static_cast<double>(facts.rows + facts.columns) *
                       static_cast<double>(facts.components + 2) *
                       static_cast<double>(facts.restarts);
  return numbers * static_cast<double>(facts.real_bytes + static_cast<Index>(sizeof(double)));
}

/// A plan in which every process has whole rows of X, as updates that see entries need: groups x
/// (processes x 1). As many groups as have restarts, where there is memory for their copies.
/// @param entry_bytes  that all entries take beside X
JobPlan plan_whole_rows(const JobFacts& facts, const PlanOverrides& asked, double entry_bytes) {
  if (asked.grid && asked.grid->columns != 1) {
    throw Error(
        ErrorKind::usage,
        "--grid " + std::to_string(asked.grid->rows) + "x" + std::to_string(asked.grid->columns) +
            ": missing, weighted or held-out entries need whole rows on a process, a grid of PRx1");
  }
  const auto with_groups = [&](Index groups) {
    PlanOverrides fixed = asked;
    fixed.groups = groups;
    if (!fixed.grid) fixed.grid = GridShape{facts.processes / groups, 1};
    fixed.batch = 1;
    JobPlan plan = make_plan(facts, fixed);
    const auto p = static_cast<double>(plan.grid.processes());
    const auto k = static_cast<double>(facts.components);
    const auto lines = static_cast<double>(facts.rows + facts.columns);
    plan.words_per_pass = k * lines * (1 - 1 / p);
    plan.bytes_per_process += entry_bytes / p;
    if (p > 1) plan.bytes_per_process += k * lines * static_cast<double>(facts.real_bytes);
    return plan;
  };
  if (asked.groups) return with_groups(*asked.groups);
  if (asked.grid) return with_groups(std::max<Index>(1, facts.processes / asked.grid->rows));
  for (Index groups = std::min(facts.processes, facts.restarts); groups > 1; --groups) {
    if (facts.processes % groups != 0 || facts.restarts_wait) continue;
    const JobPlan plan = with_groups(groups);
    if (facts.available_bytes <= 0 || plan.bytes_per_process <= facts.available_bytes) return plan;
  }
  return with_groups(1);
}

/// With what the options ask of the layout. @throws Error (usage).
PlanOverrides with_one_group(PlanOverrides asked, const FactorizeOptions& options,
                             const JobChoices& choices) {
  if (!options.average && !choices.tune) return asked;
  if (asked.groups.value_or(1) != 1) {
    throw Error(ErrorKind::usage, std::string(options.average ? "--average" : "--tune") +
                                      " works on all processes together: --groups must be 1");
  }
  asked.groups = 1;
  return asked;
}

}  // namespace

PreparedJob prepare_job(const Communicator& world, const MatrixShape& shape,
                        const FactorizeOptions& options, const JobChoices& choices,
                        RowsNeeded needed) {
  PreparedJob job{
      .factorize = options, .choices = choices, .shape = shape, .memory = {}, .plan = {}};
  job.factorize.weighted = choices.weighted();
  // Before anything is computed from them.
  validate(job.factorize, shape.rows, shape.columns);
  check_threads(options.threads);
  job.memory = measure_memory(world, MemorySources::here());
  const double available = job.memory.per_process();
  JobFacts facts{
      .rows = shape.rows,
      .columns = shape.columns,
      .stored = shape.stored,
      .sparse = shape.sparse,
      .components = options.components,
      .restarts = options.restarts,
      .iterations = options.stop.max_iterations,
      .processes = world.size(),
      .threads = options.threads,
      .real_bytes = choices.single_precision ? 4 : 8,
      .available_bytes = std::isfinite(available) ? available : 0,
      .processes_on_node = job.memory.processes,
      .shareable_bytes = job.memory.shareable,
      .restarts_wait = options.race,
      .one_restart_a_batch = !solver_row(options.solver, options.schedule).can(Ability::batches)};
  choose_sketch(choices.sketch, facts, job.factorize);
  validate(job.factorize, shape.rows, shape.columns);
  const PlanOverrides asked = with_one_group(choices.plan, job.factorize, choices);
  const bool all_alike = counts_all_alike(job.factorize);
  const double entry_bytes = all_alike ? 0 : bytes_of_entries(facts, job.factorize.weighted);
  job.plan = all_alike && needed == RowsNeeded::by_options
                 ? make_plan(facts, asked)
                 : plan_whole_rows(facts, asked, entry_bytes);
  if (job.factorize.average) {
    job.plan.bytes_per_process += bytes_of_stack(facts) / static_cast<double>(world.size());
  }
  return job;
}

template <class Real>
std::optional<DistributedMatrix<Real>> read_matrix(const Communicator& world,
                                                   const PreparedJob& job, MatrixSource& source,
                                                   const std::string& name) {
  const MatrixLayout layout(job.shape.rows, job.shape.columns, job.plan.grid);
  std::unique_ptr<Block<Real>> block =
      read_block<Real>(world, source, job.plan, layout, job.factorize.components * job.plan.batch,
                       HeldUnit::that_suits);
  const Index group = std::min(job.plan.group_of(world.rank()), job.plan.active_groups());
  const Communicator mine = world.split(static_cast<int>(group));
  std::optional<DistributedMatrix<Real>> X;
  if (group < job.plan.active_groups()) {
    X.emplace(ProcessGrid(mine, job.plan.grid), layout, std::move(block));
  }
  weigh_entries(world, job, X);
  if (max_over(world, X ? X->squared_norm() : 0.0) == 0) {
    throw Error(ErrorKind::bad_data,
                name + (counts_all_alike(job.factorize)
                            ? ": all entries are zero"
                            : ": nothing is left to fit: all entries are zero, missing or of "
                              "weight 0"));
  }
  return X;
}

template std::optional<DistributedMatrix<double>> read_matrix(const Communicator&,
                                                              const PreparedJob&, MatrixSource&,
                                                              const std::string&);
template std::optional<DistributedMatrix<float>> read_matrix(const Communicator&,
                                                             const PreparedJob&, MatrixSource&,
                                                             const std::string&);

}  // namespace partita
