#pragma once

#include <optional>

#include "factorize/matrix/distributed_matrix.hpp"
#include "select/bootstrap/resampling.hpp"

namespace partita {

/// How X is drawn anew where nothing else is asked for: whole numbers by Poisson's distribution,
/// others by rows. Collective over X.grid().all(). @throws Error (bad_data) when that which was
/// asked for needs counts and X has others.
template <class Real>
[[nodiscard]] Resampling settled_resampling(const DistributedMatrix<Real>& X,
                                            std::optional<Resampling> asked);

/// X drawn anew, stored and spread as X is: the same on any layout. By Resampling::rows each row
/// stays in its place and is multiplied by the root of how many times it was drawn: that has the
/// products XᵀX of the rows that were drawn, and so the same S. Multinomial draws need a grid of
/// one column. Collective over X.grid().all(). @throws Error (bad_data) when nothing but zeros is
/// drawn.
template <class Real>
[[nodiscard]] DistributedMatrix<Real> resampled(const DistributedMatrix<Real>& X, Resampling how,
                                                std::uint64_t seed, Index replicate);

}  // namespace partita
