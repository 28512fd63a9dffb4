#include "select/measure/recurrence.hpp"

#include <array>
#include <span>

#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "select/measure/stacked_restarts.hpp"
#include "select/stability/stability.hpp"

namespace partita {

template <class Real>
Recurrence measure_recurrence(const DistributedMatrix<Real>& X, const PoolOptions& options,
                              Index components, const RunHooks& hooks) {
  const Communicator& group = X.grid().all();
  FactorizeOptions fit = options.fit;
  fit.components = components;
  fit.restarts = options.restarts;
  fit.average = true;  // keeps the factors of all
  const Factorization found = fit_in_group(X, fit, hooks);
  Recurrence result;
  result.restarts = stacked_restarts(group, found.factors, X.columns(), components);
  std::array<double, 4> numbers{};
  together(group, [&] {
    if (!group.is_root()) return;
    const Stability stability = stability_of(result.restarts);
    numbers = {stability.silhouette_mean, stability.silhouette_least, stability.cophenetic,
               stability.dispersion};
  });
  broadcast(group, std::span<double>(numbers), 0);
  result.measures.training = found.best.relative_error;
  result.measures.silhouette_mean = numbers[0];
  result.measures.silhouette_least = numbers[1];
  result.measures.cophenetic = numbers[2];
  result.measures.dispersion = numbers[3];
  return result;
}

template Recurrence measure_recurrence(const DistributedMatrix<double>&, const PoolOptions&, Index,
                                       const RunHooks&);
template Recurrence measure_recurrence(const DistributedMatrix<float>&, const PoolOptions&, Index,
                                       const RunHooks&);

}  // namespace partita
