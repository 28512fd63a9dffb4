#pragma once

#include "partita/job/job.hpp"

#include <optional>
#include <string>

#include "factorize/matrix/distributed_matrix.hpp"
#include "job/node_memory.hpp"

namespace partita {

/// A job that is ready to read its matrix.
struct PreparedJob {
  FactorizeOptions factorize;  ///< with the shortcuts that were chosen
  JobChoices choices;
  MatrixShape shape;
  NodeMemory memory;
  JobPlan plan;
};

/// What of X a process must have.
enum class RowsNeeded {
  by_options,  ///< whole rows where entries do not all count alike
  whole,       ///< whole rows: entries are going to be held out
};

/// Checks the options against the shape of the matrix and plans the layout. Collective over
/// `world`. @throws Error (usage) on every process.
[[nodiscard]] PreparedJob prepare_job(const Communicator& world, const MatrixShape& shape,
                                      const FactorizeOptions& options, const JobChoices& choices,
                                      RowsNeeded needed = RowsNeeded::by_options);

/// This process's copy of X, spread over its group; nothing on processes of groups without
/// restarts. Collective over `world`. @param name  of the matrix, for messages.
/// @throws Error on every process: what reading throws; bad_data when all entries are zero.
template <class Real>
[[nodiscard]] std::optional<DistributedMatrix<Real>> read_matrix(const Communicator& world,
                                                                 const PreparedJob& job,
                                                                 MatrixSource& source,
                                                                 const std::string& name);

}  // namespace partita
