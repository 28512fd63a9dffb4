#pragma once

#include "partita/factorize/options.hpp"

#include "data/factor_pair.hpp"
#include "factorize/matrix/distributed_matrix.hpp"

namespace partita {

/// Makes the factors of a start, k columns each, fit an X whose entries do not all count alike.
/// Without a centre they are scaled: ||a_j|| = ||s_j||, and A S as large as fits best; with one, or
/// beside biases, numbers of mean ½ become numbers of that mean. Biases are added, fitted alone. A
/// start that was given is not scaled. Collective over X.grid().all().
template <class Real>
void fit_start_to_entries(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                          FactorPair<Real>& factors);

}  // namespace partita
