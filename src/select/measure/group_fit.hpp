#pragma once

#include "partita/factorize/options.hpp"
#include "partita/factorize/result.hpp"
#include "partita/factorize/solve/run_hooks.hpp"

#include "data/factor_pair.hpp"
#include "factorize/matrix/distributed_matrix.hpp"

namespace partita {

/// What fits of the pool are made with; `components` is set for each of them.
struct PoolOptions {
  FactorizeOptions fit;
  double share = 0.1;  ///< of the entries that a mask holds out
  Index restarts = 6;  ///< whose agreement is measured
};

/// A factorisation by one group, in whole. Collective over X.grid().all().
/// @throws Error (interrupted) on every process of the group when it was stopped early.
template <class Real>
[[nodiscard]] Factorization fit_in_group(const DistributedMatrix<Real>& X,
                                         const FactorizeOptions& options, const RunHooks& hooks);

/// My rows of the best factors as X holds them: in its unit, and in Real.
template <class Real>
[[nodiscard]] FactorPair<Real> factors_in_unit(const DistributedMatrix<Real>& X,
                                               const Factors& factors);

}  // namespace partita
