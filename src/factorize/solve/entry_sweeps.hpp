#pragma once

#include "factorize/solve/entry_rules.hpp"
#include "factorize/solve/solver.hpp"

namespace partita {

/// Passes over an X whose entries do not all count alike, by rules that see them. One restart at a
/// time. What a row needs is on its owner: X is there by rows and by columns, so that the whole of
/// the other factor is gathered and nothing is reduced but Gram matrices: k (n + m)(1 - 1/p) words
/// a process and pass. The error of a pass is formed where A is updated.
///   S ← rule(X by columns, A, AᵀA) from S;   A ← rule(X by rows, S, S Sᵀ) from A
/// Collective over X.grid().all().
template <class Real>
void sweep_over_entries(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                        const EntryRules<Real>& rules, std::vector<RestartStart<Real>> batch,
                        RunControl& control, const SolverEvents<Real>& events);

}  // namespace partita
