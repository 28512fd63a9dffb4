/// select/bootstrap/: how far a fit can be trusted, from fits of data drawn anew. It knows no MPI
/// and no files.
#pragma once

#include "partita/base/index.hpp"

namespace partita {

/// A count of Poisson's distribution of this mean, by inversion from its mode: as each count takes
/// a part of (0, 1) as long as its probability, it has exactly that distribution where u is
/// uniform. About √mean steps; above kNormalFrom the nearest count to a normal with the third
/// moment put right (Cornish & Fisher 1938).
/// @param mean  >= 0   @param u  in (0, 1)
[[nodiscard]] double poisson_draw(double mean, double u);

/// The same of the number of successes in `trials` trials, each with probability p.
[[nodiscard]] double binomial_draw(double trials, double p, double u);

/// Variance from which draws are made from a normal: there the steps are many, and what is lost
/// below 1e-6.
inline constexpr double kNormalFrom = 1e6;

}  // namespace partita
