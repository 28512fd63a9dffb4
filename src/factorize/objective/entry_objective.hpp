/// What holds the factors beside the loss, where entries do not all count alike and where they do.
#pragma once

#include "partita/base/side.hpp"
#include "partita/factorize/options.hpp"

#include "data/factor_pair.hpp"
#include "factorize/matrix/distributed_matrix.hpp"
#include "update/entry_penalty.hpp"

namespace partita {

/// Penalty of one factor over entries, and where its biases stand.
[[nodiscard]] EntryPenalty entry_penalty(const FactorizeOptions& options, Side side);

/// What my rows of both factors cost.
template <class Real>
[[nodiscard]] double penalty_of(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                                const FactorPair<Real>& factors);

}  // namespace partita
