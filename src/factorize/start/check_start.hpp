#pragma once

#include "partita/factorize/options.hpp"
#include "partita/factorize/start/given_start.hpp"

#include <optional>

#include "factorize/matrix/distributed_matrix.hpp"

namespace partita {

/// Whether a solver can begin where the user says. Collective over X.grid().all().
/// @throws Error (usage) when the start is missing or has another shape; Error (bad_data) when it
///         has values that are not finite, or negative ones for non-negative factors, naming the
///         place, or when no solver, or not this one, could move from it.
template <class Real>
void check_start(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                 const std::optional<GivenStart>& start);

}  // namespace partita
