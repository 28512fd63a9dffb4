#pragma once

#include <cstdint>

#include "factorize/matrix/distributed_matrix.hpp"

namespace partita {

/// X projected on an approximate range of `rank` columns, U Uᵀ X, on the same grid and layout: one
/// iteration on it costs (n + m) * rank instead of n * m. It goes by the squared norm of X itself,
/// so that a relative error on it estimates the one on X. It depends on X, rank and seed alone, but
/// for rounding. Costs six products with X. Collective over X.grid().all().
template <class Real>
[[nodiscard]] DistributedMatrix<Real> compress(const DistributedMatrix<Real>& X, Index rank,
                                               std::uint64_t seed);

}  // namespace partita
