#pragma once

#include "factorize/solve/solver.hpp"

namespace partita {

/// Kaczmarz over an X whose entries do not all count alike: each known entry is an equation, and an
/// iteration is an epoch, in which each is taken once (equation_steps.hpp). In step t of an epoch
/// row block b meets column block b + t (mod B): no two have a line in common. A process keeps its
/// rows of A, and blocks of columns of S travel in a ring, so that an epoch moves k m words through
/// each process, and at most 2 k (n + m) / p more between the owners of rows and those who work on
/// them. What is drawn depends on seed, restart, epoch and stratum, so that every number of
/// processes and threads goes the same way.
/// The length of a step is 0.02 / (1 + 0.05 epoch) for each standard deviation of the known
/// entries, of which a fifth of their root mean square is the least, and for each mean weight.
/// Collective over X.grid().all().
/// @throws Error (usage) where what is not stored counts: it has no equations.
template <class Real>
void run_over_equations(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                        std::vector<RestartStart<Real>> batch, RunControl& control,
                        const SolverEvents<Real>& events);

}  // namespace partita
