#pragma once

#include "partita/comm/communicator.hpp"
#include "partita/factorize/options.hpp"
#include "partita/factorize/result.hpp"
#include "partita/factorize/run/checkpoint_options.hpp"
#include "partita/factorize/solve/run_hooks.hpp"
#include "partita/factorize/start/given_start.hpp"
#include "partita/layout/job_plan.hpp"

#include <optional>

#include "factorize/matrix/distributed_matrix.hpp"

namespace partita {

/// Factors X with `options.restarts` restarts dealt to the groups of `plan`; returns every
/// restart's trace on world rank 0 and the best factors on their owners. Components are sorted by
/// mass and balanced (||a_j|| = ||s_j||) unless the start is given or the constraint is none; the
/// error is that of the returned factors, from an explicit residual in double.
/// @param X  this process's group's copy of X; nullptr on processes of groups without restarts.
/// With a checkpoint folder the state is saved there now and then, and a run that finds one goes on
/// from it. Collective over `world`. @throws Error on every process.
template <class Real>
[[nodiscard]] Factorization factorize(const Communicator& world, const JobPlan& plan,
                                      const DistributedMatrix<Real>* X,
                                      const FactorizeOptions& options,
                                      const std::optional<GivenStart>& start = {},
                                      const RunHooks& hooks = {},
                                      const CheckpointOptions& checkpoint = {});

}  // namespace partita
