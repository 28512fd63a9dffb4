#pragma once

#include "factorize/solve/entry_rules.hpp"
#include "factorize/solve/solver.hpp"

namespace partita {

/// Passes of one restart over a dense X of which some entries do not count, as where they are held
/// out: products with X, from which each row takes off what does not count of it, extrapolated as
/// in SweepPass. 4 n m k flops for the products, k² for every entry that is left out.
/// The grid has one column. A run that is continued begins its extrapolation anew.
///   Sn ← rule(XᵀAy) from Sy;  Sy ← max(0, Sn + β (Sn - S));  An ← rule(X Sy) from Ay;
///   Ay ← max(0, An + β (An - A)), or back to A and S where the objective has risen
/// Collective over X.grid().all().
template <class Real>
void sweep_over_rest(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                     const EntryRules<Real>& rules, RestartStart<Real> start, RunControl& control,
                     const SolverEvents<Real>& events);

}  // namespace partita
