#pragma once

#include "partita/factorize/distributed_matrix.hpp"
#include "partita/factorize/options.hpp"
#include "partita/factorize/result.hpp"
#include "partita/factorize/run_control.hpp"

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace partita {

/// My rows of both factors; S is stored transposed.
template <class Real>
struct FactorPair {
  TallMatrix<Real> A;  ///< n_loc x k
  TallMatrix<Real> S;  ///< m_loc x k
};

/// How one restart ended, with my rows of its factors.
template <class Real>
struct RestartOutcome {
  RestartResult result;
  FactorPair<Real> factors;
};

/// One restart about to run.
template <class Real>
struct RestartStart {
  Index restart = 0;
  FactorPair<Real> factors;
};

/// Advances a batch of restarts to their ends. Collective over X.grid().all().
template <class Real>
using Solver = std::vector<RestartOutcome<Real>> (*)(const DistributedMatrix<Real>& X,
                                                     const FactorizeOptions& options,
                                                     std::vector<RestartStart<Real>> batch,
                                                     RunControl& control);

/// A row of the table of solvers.
struct SolverFacts {
  SolverKind kind;
  Schedule schedule;
  bool batches;  ///< whether it advances several restarts together
  std::string_view what;
};

/// The solvers there are, one a (kind, schedule).
[[nodiscard]] std::span<const SolverFacts> solver_table();
/// @throws Error (usage) when there is no such combination, naming those that exist.
[[nodiscard]] const SolverFacts& solver_facts(SolverKind kind, Schedule schedule);
template <class Real>
[[nodiscard]] Solver<Real> solver_for(SolverKind kind, Schedule schedule);

// The solvers, one file each.
template <class Real>
std::vector<RestartOutcome<Real>> solve_by_sweeps(const DistributedMatrix<Real>& X,
                                                  const FactorizeOptions& options,
                                                  std::vector<RestartStart<Real>> batch,
                                                  RunControl& control);
template <class Real>
std::vector<RestartOutcome<Real>> solve_by_block_kaczmarz(const DistributedMatrix<Real>& X,
                                                          const FactorizeOptions& options,
                                                          std::vector<RestartStart<Real>> batch,
                                                          RunControl& control);
template <class Real>
std::vector<RestartOutcome<Real>> solve_by_sampled_als(const DistributedMatrix<Real>& X,
                                                       const FactorizeOptions& options,
                                                       std::vector<RestartStart<Real>> batch,
                                                       RunControl& control);
template <class Real>
std::vector<RestartOutcome<Real>> solve_by_sampled_kaczmarz(const DistributedMatrix<Real>& X,
                                                            const FactorizeOptions& options,
                                                            std::vector<RestartStart<Real>> batch,
                                                            RunControl& control);

}  // namespace partita
