#include "partita/job/job.hpp"

#include <optional>
#include <string>

#include "factorize/factorize.hpp"
#include "job/given_files.hpp"
#include "job/open_penalty.hpp"
#include "job/prepared_job.hpp"

namespace partita {

namespace {

template <class Real>
Factorization run(const Communicator& world, PreparedJob job, MatrixSource& source,
                  const RunHooks& hooks, const CheckpointOptions& checkpoint) {
  const std::string name = "the matrix";
  auto X = read_matrix<Real>(world, job, source, name);
  const DistributedMatrix<Real>* mine = X ? &*X : nullptr;
  const std::optional<GivenStart> start =
      read_given(world, job, {name, source.shape(), source.labels()},
                 X ? X->factor_rows() : Range{}, X ? X->factor_columns() : Range{});
  const double apart = settle_by_entries(world, job, X, hooks);
  Factorization result =
      factorize<Real>(world, job.plan, mine, job.factorize, start, hooks, checkpoint);
  result.mean = apart;
  return result;
}

}  // namespace

Factorization factorize(const Communicator& world, MatrixSource& source,
                        const FactorizeOptions& options, const JobChoices& choices,
                        const RunHooks& hooks, const CheckpointOptions& checkpoint) {
  FactorizeOptions settled = options;
  settled.fixed = count_fixed(world, choices);
  const PreparedJob job = prepare_job(world, source.shape(), settled, choices);
  check_memory(job.plan, job.memory);
  return choices.single_precision ? run<float>(world, job, source, hooks, checkpoint)
                                  : run<double>(world, job, source, hooks, checkpoint);
}

}  // namespace partita
