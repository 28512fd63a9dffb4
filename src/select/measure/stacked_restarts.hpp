#pragma once

#include "partita/comm/communicator.hpp"
#include "partita/factorize/result.hpp"

#include <vector>

namespace partita {

/// Sᵀ (m x k) of each restart that is kept side by side in everybody's `factors.stack_S`, on the
/// root; nothing elsewhere. Collective over the group that owns the factors.
/// @param columns  of X
[[nodiscard]] std::vector<TallMatrix<double>> stacked_restarts(const Communicator& group,
                                                               const Factors& factors,
                                                               Index columns, Index components);

/// Sᵀ (m x k), whole, on every process, from everybody's columns of it. Collective over the group
/// that owns it. @param columns  of X
[[nodiscard]] TallMatrix<double> gathered_S(const Communicator& group, const Factors& factors,
                                            Index columns);

}  // namespace partita
