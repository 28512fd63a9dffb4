#pragma once

#include "partita/factorize/result.hpp"

#include <exception>
#include <optional>

#include "factorize/matrix/distributed_matrix.hpp"
#include "fit_job.hpp"
#include "select/measure/consensus_fit.hpp"

namespace partita::app {

/// What a finished fit says of how sure its components are.
struct FitTrust {
  std::optional<ConsensusFit> consensus;
  /// Why there is none though it was asked for; the same on every process. What was fitted is worth
  /// keeping: to be thrown when that is written.
  std::exception_ptr failure;
};

/// The consensus of the restarts. Collective over `world`.
/// @param X  of this process's group; nullptr on processes without
template <class Real>
[[nodiscard]] FitTrust find_consensus(const Communicator& world, const FitJob& job,
                                      const DistributedMatrix<Real>* X, const Factors& factors);

/// Throws what failed, with where the fit is. @throws Error on every process.
void throw_failure(const FitTrust& trust, const std::string& folder);

}  // namespace partita::app
