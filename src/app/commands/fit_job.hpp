#pragma once

#include "partita/comm/communicator.hpp"
#include "partita/factorize/options.hpp"
#include "partita/factorize/result.hpp"
#include "partita/io/spread/matrix_source.hpp"
#include "partita/layout/job_plan.hpp"

#include <memory>
#include <string>

#include "base/stopwatch.hpp"
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

/// How a job ended.
struct FitEnd {
  int code = 0;                                    ///< for the shell
  StopReason status = StopReason::max_iterations;  ///< of the whole run
  RestartResult best = {};                         ///< without its trace
  Factors factors = {};                            ///< of that, on their owners
  double seconds = 0;                              ///< on `clock`
};

/// Reads, factors and writes the results to the folder of the options. Stopped before it could save
/// anything, it can still be continued where there is a checkpoint. Collective over `world`.
/// @param clock  of the command, from which the time limit counts.
/// @throws Error on every process.
[[nodiscard]] FitEnd run_fit_job(const Communicator& world, FitJob& job, const Stopwatch& clock);

/// What --dry-run prints, one 'key: value' a line.
[[nodiscard]] std::string describe_plan(const Communicator& world, const FitJob& job);

}  // namespace partita::app
