#include "partita/job/job.hpp"

#include <optional>

#include "factorize/factorize.hpp"
#include "job/open_penalty.hpp"
#include "job/prepared_job.hpp"
#include "job/start_files.hpp"

namespace partita {

namespace {

template <class Real>
Factorization run(const Communicator& world, PreparedJob job, MatrixSource& source,
                  const RunHooks& hooks, const CheckpointOptions& checkpoint) {
  auto X = read_matrix<Real>(world, job, source, "the matrix");
  const double apart = settle_by_entries(world, job, X, hooks);
  const DistributedMatrix<Real>* mine = X ? &*X : nullptr;
  std::optional<GivenStart> start;
  if (job.factorize.init == StartKind::given) {
    start = read_start(world, job.choices, job.shape, job.factorize.components,
                       X ? X->factor_rows() : Range{}, X ? X->factor_columns() : Range{},
                       [](const std::string&, const MatrixSource&) {});
  }
  Factorization result =
      factorize<Real>(world, job.plan, mine, job.factorize, start, hooks, checkpoint);
  result.mean = apart;
  return result;
}

}  // namespace

Factorization factorize(const Communicator& world, MatrixSource& source,
                        const FactorizeOptions& options, const JobChoices& choices,
                        const RunHooks& hooks, const CheckpointOptions& checkpoint) {
  const PreparedJob job = prepare_job(world, source.shape(), options, choices);
  check_memory(job.plan, job.memory);
  return choices.single_precision ? run<float>(world, job, source, hooks, checkpoint)
                                  : run<double>(world, job, source, hooks, checkpoint);
}

}  // namespace partita
