#pragma once

#include "partita/factorize/options.hpp"
#include "partita/factorize/result.hpp"
#include "partita/factorize/start/given_start.hpp"

#include "factorize/matrix/distributed_matrix.hpp"

namespace partita {

/// Entries of an identity that tell which restarts were run, not how.
inline constexpr const char* kRestartsEntry = "restarts";
inline constexpr const char* kFirstRestartEntry = "first restart";

/// @param given  the given start, or nullptr.
/// Collective over X.grid().all().
template <class Real>
[[nodiscard]] RunIdentity run_identity(const DistributedMatrix<Real>& X,
                                       const FactorizeOptions& options, const GivenStart* given);

}  // namespace partita
