#pragma once

#include "partita/comm/communicator.hpp"
#include "partita/factorize/solver.hpp"

namespace partita {

/// Scales a start to the best multiple of A S and balances ||a_j|| = ||s_j||; returns XᵀA of the
/// scaled A, my rows. Collective over X.grid().all().
template <class Real>
TallMatrix<Real> scale_start(const DistributedMatrix<Real>& X, FactorPair<Real>& factors);

/// Balances ||a_j|| = ||s_j|| and sorts the components by their mass ||a_j|| ||s_j||, largest
/// first. A S is unchanged but for rounding. Collective over `comm`, which holds all rows.
template <class Real>
void normalize(const Communicator& comm, FactorPair<Real>& factors);

}  // namespace partita
