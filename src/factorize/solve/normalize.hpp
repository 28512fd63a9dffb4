#pragma once

#include "partita/comm/communicator.hpp"

#include "factorize/solve/solver.hpp"

namespace partita {

/// Scales a start to the best multiple of A S and balances ||a_j|| = ||s_j||; what is fixed stays,
/// and its partner takes the whole scale. Returns XᵀA of the scaled A, my rows. Collective over
/// X.grid().all().
template <class Real>
TallMatrix<Real> scale_start(const DistributedMatrix<Real>& X, FactorPair<Real>& factors,
                             const FixedCounts& fixed = {});

/// Sorts the components by their mass ||a_j|| ||s_j||, largest first, and balances
/// ||a_j|| = ||s_j||, or takes the scales of the least penalty where there are penalties. A S is
/// unchanged but for rounding. Collective over `comm`, which holds all rows.
/// @param held  the first components, which keep their places and stay as they are.
template <class Real>
void normalize(const Communicator& comm, const Penalties& penalties, FactorPair<Real>& factors,
               Index held = 0);

/// The same for the components of a factorisation, which may have biases behind them. Penalties
/// that pull towards a centre say how large components are: those are only sorted.
template <class Real>
void normalize_components(const Communicator& comm, const FactorizeOptions& options,
                          FactorPair<Real>& factors);

}  // namespace partita
