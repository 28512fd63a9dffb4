#pragma once

#include "partita/comm/communicator.hpp"
#include "partita/factorize/solve/run_hooks.hpp"

#include <functional>
#include <optional>
#include <string>

#include "factorize/matrix/distributed_matrix.hpp"
#include "job/prepared_job.hpp"

namespace partita {

/// What is known of the entries of X, in its own unit, on every process; nothing where all count
/// alike. @param X  nothing on processes of groups without restarts. Collective over `world`.
template <class Real>
[[nodiscard]] std::optional<EntryFacts> entry_facts(
    const Communicator& world, const std::optional<DistributedMatrix<Real>>& X);

/// Fills in what the options left to the entries of X: where --center pulls to, and the weight of
/// the pull (of JobChoices::tune: by what is best on entries that are held out); and takes off X
/// the mean that a model with biases has apart. Numbers are rounded to six digits, so that they are
/// the same on every layout. Collective over `world`. @throws Error (interrupted) on every process.
/// @param tell  hears in words what was tuned, on process 0.
/// @returns the mean that is apart, in the unit of X.
template <class Real>
double settle_by_entries(const Communicator& world, PreparedJob& job,
                         std::optional<DistributedMatrix<Real>>& X, const RunHooks& hooks,
                         const std::function<void(const std::string&)>& tell = {});

}  // namespace partita
