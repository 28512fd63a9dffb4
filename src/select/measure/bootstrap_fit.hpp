#pragma once

#include "partita/factorize/options.hpp"
#include "partita/factorize/result.hpp"
#include "partita/factorize/solve/run_hooks.hpp"

#include <functional>
#include <vector>

#include "factorize/matrix/distributed_matrix.hpp"
#include "select/bootstrap/intervals.hpp"
#include "select/bootstrap/resampling.hpp"

namespace partita {

struct BootstrapOptions {
  FactorizeOptions fit;  ///< what X was fitted with; its seed is that of the draws, too
  Resampling how = Resampling::poisson;
  Index replicates = 0;
  double level = 0.95;  ///< of the intervals
};

/// How far a fit can be trusted: each process has its rows of A and its columns of S, transposed.
struct BootstrapFit {
  Intervals A;
  Intervals S;
  std::vector<double> stability;  ///< mean cosine of each row of S with its partners
};

/// Fits X drawn anew, again and again, each time from the factors of the fit, and puts the
/// components of these replicates in the order and scale of those of the fit. Where rows are drawn,
/// A is fitted exactly to X itself on the S of the replicate. What it takes beside the fit are the
/// factors of all replicates and another X. Collective over X.grid().all().
/// @param on_replicate  hears how many are done, on every process.
/// @throws Error (interrupted), (bad_data), (diverged) on every process.
template <class Real>
[[nodiscard]] BootstrapFit bootstrap_fit(const DistributedMatrix<Real>& X, const Factors& factors,
                                         const BootstrapOptions& options, const RunHooks& hooks,
                                         const std::function<void(Index)>& on_replicate);

}  // namespace partita
