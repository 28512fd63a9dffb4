#pragma once

#include "partita/comm/communicator.hpp"
#include "partita/factorize/options.hpp"
#include "partita/io/spread/matrix_source.hpp"
#include "partita/layout/job_plan.hpp"

#include <memory>
#include <string>

#include "fit_options.hpp"
#include "job/prepared_job.hpp"

namespace partita::app {

/// A job that is ready to read its matrix, as it was asked for on the command line.
struct FitJob : PreparedJob {
  FitOptions options;
  std::unique_ptr<MatrixSource> source;
};

/// Opens the matrix, checks the options against its shape and plans the layout; of the matrix no
/// more than its head is read. Collective over `world`. @throws Error on every process.
[[nodiscard]] FitJob prepare_fit(const Communicator& world, const FitOptions& options);

/// What --dry-run prints, one 'key: value' a line.
[[nodiscard]] std::string describe_plan(const Communicator& world, const FitJob& job);

}  // namespace partita::app
