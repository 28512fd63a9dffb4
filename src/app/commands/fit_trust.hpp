#pragma once

#include "partita/factorize/result.hpp"

#include <exception>
#include <optional>

#include "factorize/matrix/distributed_matrix.hpp"
#include "fit_job.hpp"
#include "run_folder.hpp"
#include "run_record.hpp"
#include "select/bootstrap/resampling.hpp"
#include "select/measure/consensus_fit.hpp"

namespace partita::app {

/// What a finished fit says of how sure its components are.
struct FitTrust {
  std::optional<ConsensusFit> consensus;
  /// Why there is none though it was asked for; the same on every process. What was fitted is worth
  /// keeping: to be thrown when that is written.
  std::exception_ptr failure;
  Resampling how = Resampling::poisson;  ///< X is drawn anew
  std::optional<BootstrapRecord> bootstrap = {};
};

/// The consensus of the restarts. Collective over `world`.
/// @param X  of this process's group; nullptr on processes without
template <class Real>
void find_consensus(const Communicator& world, const FitJob& job, const DistributedMatrix<Real>* X,
                    const Factors& factors, FitTrust& trust);

/// How X will be drawn anew. Collective over `world`. @throws Error (usage, bad_data) on every
/// process when that does not go with the options or with X.
template <class Real>
[[nodiscard]] Resampling settle_bootstrap(const Communicator& world, const FitJob& job,
                                          const DistributedMatrix<Real>* X);

/// The bootstrap of a fit whose results are written, and its files beside them. The time that
/// job.factorize has left is what it may take. Collective over `world`. @throws Error on every
/// process; (interrupted) when it was stopped early.
template <class Real>
[[nodiscard]] BootstrapRecord run_bootstrap(const Communicator& world, const FitJob& job,
                                            const DistributedMatrix<Real>* X,
                                            const Factors& factors, Resampling how,
                                            const RunFolder& folder, const RunHooks& hooks);

/// Throws what failed, with where the fit is. @throws Error on every process.
void throw_failure(const FitTrust& trust, const std::string& folder);

}  // namespace partita::app
