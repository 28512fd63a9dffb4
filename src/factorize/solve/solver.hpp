#pragma once

#include "partita/factorize/options.hpp"
#include "partita/factorize/result.hpp"

#include <functional>
#include <optional>
#include <vector>

#include "factorize/matrix/distributed_matrix.hpp"
#include "factorize/solve/restart_state.hpp"
#include "factorize/solve/run_control.hpp"

namespace partita {

/// How one restart ended, with my rows of its factors.
template <class Real>
struct RestartOutcome {
  RestartResult result;
  FactorPair<Real> factors;
};

/// One restart about to run: from its start, or from where it was saved.
template <class Real>
struct RestartStart {
  Index restart = 0;
  FactorPair<Real> factors = {};
  std::optional<RestartState<Real>> saved = {};
  /// What a start has behind it on a compressed X; its last point is an estimate to be replaced.
  ErrorTrace estimated = {};
  /// On the group's clock, when the making of a start began that counts in its trace.
  std::optional<double> began = {};
  /// XᵀA of a fresh start, m_loc x k, if it is known.
  std::optional<TallMatrix<Real>> product = {};
};

/// What a solver tells while it runs; they are called on every process of the group at once and may
/// be collective over it.
template <class Real>
struct SolverEvents {
  /// A restart has ended.
  std::function<void(RestartOutcome<Real>)> finished;
  /// A restart has reached control.pause(), the iteration at which it is to wait.
  std::function<void(RestartState<Real>)> paused;
  /// Called when control.checkpoint_due(): the restarts that are still running.
  std::function<void(std::vector<RestartState<Real>>)> save;
};

/// Advances a batch of restarts to their ends. Collective over X.grid().all().
template <class Real>
using Solver = void (*)(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                        std::vector<RestartStart<Real>> batch, RunControl& control,
                        const SolverEvents<Real>& events);

// The solvers, one file each; solver_table.hpp has them by name.
template <class Real>
void solve_by_sweeps(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                     std::vector<RestartStart<Real>> batch, RunControl& control,
                     const SolverEvents<Real>& events);
template <class Real>
void solve_by_multiplicative_sweeps(const DistributedMatrix<Real>& X,
                                    const FactorizeOptions& options,
                                    std::vector<RestartStart<Real>> batch, RunControl& control,
                                    const SolverEvents<Real>& events);
template <class Real>
void solve_by_block_kaczmarz(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                             std::vector<RestartStart<Real>> batch, RunControl& control,
                             const SolverEvents<Real>& events);
template <class Real>
void solve_by_sampled_als(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                          std::vector<RestartStart<Real>> batch, RunControl& control,
                          const SolverEvents<Real>& events);
template <class Real>
void solve_by_sampled_kaczmarz(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                               std::vector<RestartStart<Real>> batch, RunControl& control,
                               const SolverEvents<Real>& events);

}  // namespace partita
