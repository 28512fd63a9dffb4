#pragma once

#include "partita/factorize/distributed_matrix.hpp"
#include "partita/factorize/given_start.hpp"
#include "partita/factorize/options.hpp"

#include <string>
#include <utility>
#include <vector>

namespace partita {

/// All that decides a run's answer, as (name, value) in words that its user knows: options, then
/// the matrix. Limits of time and the layout are not among them.
using RunIdentity = std::vector<std::pair<std::string, std::string>>;

/// Entries of an identity that tell which restarts were run, not how.
inline constexpr const char* kRestartsEntry = "restarts";
inline constexpr const char* kFirstRestartEntry = "first restart";

/// @param given  the given start, or nullptr.
/// Collective over X.grid().all().
template <class Real>
[[nodiscard]] RunIdentity run_identity(const DistributedMatrix<Real>& X,
                                       const FactorizeOptions& options, const GivenStart* given);

}  // namespace partita
