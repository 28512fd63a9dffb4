#pragma once

#include <vector>

#include "select/measure/fit_task.hpp"
#include "select/measure/group_fit.hpp"

namespace partita {

/// Restarts on the whole of X, to be compared.
struct Recurrence {
  FitMeasures measures;                      ///< on every process of the group
  std::vector<TallMatrix<double>> restarts;  ///< Sᵀ of each, m x k, on its root
};

/// How far the components of PoolOptions::restarts restarts on the whole of X agree: silhouettes of
/// matched components, and the consensus of columns. The root needs memory for all their S.
/// Collective over X.grid().all(). @throws Error (interrupted).
template <class Real>
[[nodiscard]] Recurrence measure_recurrence(const DistributedMatrix<Real>& X,
                                            const PoolOptions& options, Index components,
                                            const RunHooks& hooks);

}  // namespace partita
