#include "job/prepared_job.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "comm/collectives.hpp"
#include "factorize/solve/solver_table.hpp"
#include "io/read_block.hpp"
#include "layout/plan_search.hpp"
#include "layout/shortcuts.hpp"

namespace partita {

namespace {

/// Systems start no more of them, or not much faster.
constexpr Index kMostThreads = 1024;

/// What restarts run on before they see the whole X: its compressed form, or a part of it for their
/// starts. A race gains most from the first, as only its survivors see X.
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

}  // namespace

PreparedJob prepare_job(const Communicator& world, const MatrixShape& shape,
                        const FactorizeOptions& options, const JobChoices& choices) {
  PreparedJob job{
      .factorize = options, .choices = choices, .shape = shape, .memory = {}, .plan = {}};
  // Before anything is computed from them.
  validate(options, shape.rows, shape.columns);
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
  job.plan = make_plan(facts, choices.plan);
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
  if (max_over(world, X ? X->squared_norm() : 0.0) == 0) {
    throw Error(ErrorKind::bad_data, name + ": all entries are zero");
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
