#pragma once

#include "partita/comm/communicator.hpp"

#include <memory>
#include <optional>

#include "factorize/matrix/distributed_matrix.hpp"
#include "job/prepared_job.hpp"

namespace partita {

/// The weights of entries, from the file that `choices` names, as a matrix to be read. Collective
/// over `world`. @param matrix  whose entries they are.
/// @throws Error on every process: what opening throws; bad_data for another shape, and, when they
/// are read, for an uncertainty of 0.
[[nodiscard]] std::unique_ptr<MatrixSource> open_weights(const Communicator& world,
                                                         const JobChoices& choices,
                                                         const MatrixShape& matrix);

/// Reads the weights of entries, where there are any, and has X count by them and by what is not
/// stored. Collective over `world`; X is empty where a group has no restarts.
/// @throws Error on every process: what reading throws; bad_data for another shape than that of X,
/// or an uncertainty of 0.
template <class Real>
void weigh_entries(const Communicator& world, const PreparedJob& job,
                   std::optional<DistributedMatrix<Real>>& X);

}  // namespace partita
