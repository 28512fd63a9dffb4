#pragma once

#include "partita/comm/communicator.hpp"

#include "factorize/solve/solver.hpp"

namespace partita {

/// Scales a start to the best multiple of A S and balances ||a_j|| = ||s_j||; returns XᵀA of the
/// scaled A, my rows. Collective over X.grid().all().
template <class Real>
TallMatrix<Real> scale_start(const DistributedMatrix<Real>& X, FactorPair<Real>& factors);

/// Sorts the components by their mass ||a_j|| ||s_j||, largest first, and balances
/// ||a_j|| = ||s_j||, or takes the scales of the least penalty where there are penalties. A S is
/// unchanged but for rounding. Collective over `comm`, which holds all rows.
template <class Real>
void normalize(const Communicator& comm, const Penalties& penalties, FactorPair<Real>& factors);

/// The same for the components of a factorisation, which may have biases behind them. Penalties
/// that pull towards a centre say how large components are: those are only sorted.
template <class Real>
void normalize_components(const Communicator& comm, const FactorizeOptions& options,
                          FactorPair<Real>& factors);

}  // namespace partita
