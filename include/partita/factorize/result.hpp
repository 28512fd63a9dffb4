#pragma once

#include "partita/base/index.hpp"
#include "partita/base/work_log.hpp"
#include "partita/data/tall_matrix.hpp"

#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace partita {

/// `dropped`: behind in a race; such a restart has an error, but no factors. `diverged`: what is
/// minimised ceased to be a number, or no pass could lower it though it is no minimum.
enum class StopReason { converged, max_iterations, time_limit, interrupted, dropped, diverged };

struct TracePoint {
  Index iteration = 0;  ///< 0 is the start
  double seconds = 0;   ///< since the restart's start, on its group
  double relative_error = 0;
  /// What the solver minimises on the scale of the relative error, sqrt(2 F) / ||X|| with
  /// F = ½||X - AS||² + penalties: the relative error itself where there are no penalties.
  double objective = 0;
  bool kept = true;  ///< whether the iteration was kept; else the factors are those before it
};
using ErrorTrace = std::vector<TracePoint>;

/// How one restart went.
struct RestartResult {
  Index restart = 0;
  StopReason stop = StopReason::max_iterations;
  Index iterations = 0;
  double relative_error = std::numeric_limits<double>::quiet_NaN();  ///< explicit, at the end
  double objective = std::numeric_limits<double>::quiet_NaN();  ///< as in TracePoint, at the end
  double seconds = 0;
  ErrorTrace trace;
};

/// Objectives of restarts that differ by less than this many times the rounding unit are as good
/// as each other: their sums were rounded in another order.
inline constexpr double kTieUnits = 16;

/// Index into `results` of the smallest finite final objective, then of the smallest restart
/// number; -1 when none is finite. Objectives that agree to kTieUnits * rounding_unit of ||X|| are
/// a tie. Diverged restarts come after all others; dropped ones are passed over.
/// @param rounding_unit  epsilon of the numbers that X and the factors are held in.
[[nodiscard]] Index best_of(std::span<const RestartResult> results, double rounding_unit = 0);

/// The best factors, by rows, on the processes of the group that found them.
struct Factors {
  TallMatrix<double> A;  ///< my rows of A, n_loc x k; empty outside the owning group
  TallMatrix<double> S;  ///< my columns of S, m_loc x k (transposed)
  Range rows;            ///< global rows of A here
  Range columns;         ///< global columns of S here
  /// Biases of my rows and columns, n_loc x 1 and m_loc x 1; empty where there are none.
  TallMatrix<double> row_bias = {};
  TallMatrix<double> column_bias = {};
  /// Where the mean of all restarts is wanted: their factors side by side, each as [A, row_bias, 1]
  /// and [Sᵀ, 1, column_bias] or without the last two, so that the mean of what they say is
  /// stack_A stack_Sᵀ / restarts.
  TallMatrix<double> stack_A = {};
  TallMatrix<double> stack_S = {};
};

/// All that decides a run's answer, as (name, value) in words that its user knows: options, then
/// the matrix. Limits of time and the layout are not among them.
using RunIdentity = std::vector<std::pair<std::string, std::string>>;

/// What factorize() returns.
struct Factorization {
  std::vector<RestartResult> restarts;  ///< all of them, ascending, on world rank 0; else empty
  RestartResult best;                   ///< on every process (its trace only on world rank 0)
  Factors factors;
  /// What a model with biases has apart: X is about this + row_bias + column_bias + A S.
  double mean = 0;
  WorkLog work;          ///< of this process
  RunIdentity identity;  ///< of runs with checkpoints, on the processes of groups with restarts
  /// Why a group's last checkpoint could not be written, on every process; empty when all were.
  std::string checkpoint_failure;
};

}  // namespace partita
