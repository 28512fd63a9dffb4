#pragma once

#include "partita/comm/communicator.hpp"
#include "partita/factorize/options.hpp"

#include "data/factor_pair.hpp"

namespace partita {

/// The last `drawn` components of a start are drawn for its restart: their columns of A are those
/// of the uniform start, as large as the other columns are in the mean; their rows of S are zero,
/// so that A S is what it was. Collective over `comm`, which holds all rows.
/// @param uniform  my rows of the uniform start's A.
template <class Real>
void draw_components(const Communicator& comm, Index drawn, const TallMatrix<Real>& uniform,
                     FactorPair<Real>& factors);

}  // namespace partita
