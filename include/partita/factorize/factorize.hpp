#pragma once

#include "partita/comm/communicator.hpp"
#include "partita/factorize/distributed_matrix.hpp"
#include "partita/factorize/options.hpp"
#include "partita/factorize/result.hpp"
#include "partita/factorize/run_hooks.hpp"
#include "partita/layout/job_plan.hpp"

#include <optional>

namespace partita {

/// Given starts: my rows of A (n_loc x k) and of Sᵀ (m_loc x k), for StartKind::given.
struct GivenStart {
  TallMatrix<double> A;
  TallMatrix<double> S;
};

/// Factors X with `options.restarts` restarts dealt to the groups of `plan`; returns every
/// restart's trace on world rank 0 and the best factors on their owners. Components are sorted by
/// mass and balanced (||a_j|| = ||s_j||) unless the start is given or the constraint is none; the
/// error is that of the returned factors, from an explicit residual in double.
/// @param X  this process's group's copy of X; nullptr on processes of groups without restarts.
/// Collective over `world`. @throws Error on every process.
template <class Real>
[[nodiscard]] Factorization factorize(const Communicator& world, const JobPlan& plan,
                                      const DistributedMatrix<Real>* X,
                                      const FactorizeOptions& options,
                                      const std::optional<GivenStart>& start = {},
                                      const RunHooks& hooks = {});

}  // namespace partita
