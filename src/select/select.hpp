/// select/: how many components, and how sure: fits that are judged by what they were not fitted
/// to, and by how far restarts agree. It knows no command line.
#pragma once

#include "partita/comm/communicator.hpp"
#include "partita/factorize/options.hpp"
#include "partita/io/spread/matrix_source.hpp"
#include "partita/job/job.hpp"

#include <optional>
#include <string>
#include <vector>

#include "base/choices.hpp"
#include "job/prepared_job.hpp"
#include "select/choice/rank_choice.hpp"
#include "select/measure/data_facts.hpp"
#include "select/measure/fit_pool.hpp"

namespace partita {

/// What is measured of each k.
enum class SelectMethod {
  automatic,  ///< holdout where X is dense and small, else bicrossvalidation
  holdout,
  bicrossvalidation,
  stability,
  all,
};

/// k = least, least + step, ... most.
struct RankRange {
  Index least = 0;
  Index most = 0;
  Index step = 1;
};

/// More would take the memory of their places for a mean that hardly changes.
inline constexpr Index kMostMasks = 1000;

struct SelectOptions {
  RankRange range;
  SelectMethod method = SelectMethod::automatic;
  RankRule rule = RankRule::gain;
  Index masks = 3;
  /// Masks that are made where the first ones disagree on k: by default all parts of X, so that
  /// every entry is held out once.
  Index most_masks = 10;
  PoolOptions pool;  ///< how fits are made
};

/// A selection that is ready to read its matrix.
struct PreparedSelection {
  PreparedJob job;
  SelectMethod method = SelectMethod::holdout;  ///< not automatic
  std::vector<Index> ranks;                     ///< k that are measured: 1, then the range
  std::vector<FitTask> fits;                    ///< that are made in any case
};

/// What was found of one k.
struct RankRow {
  RankEvidence evidence;      ///< of the method that decides
  std::vector<double> folds;  ///< held-out errors of bi-cross-validation beside it (method all)
  double gain_share = 0;      ///< as the gain rule compares it with τ; 0 without held-out errors
};

struct Selection {
  std::vector<RankRow> rows;  ///< ascending in k
  RankChoice choice;
  DataFacts facts;
  Index fits = 0;
  /// Share of restarts in which two columns have the same largest component, of the chosen k; on
  /// process 0, and empty where X has more columns than kMostConsensusColumns.
  TallMatrix<double> consensus;
};

/// Checks the options against the shape and plans the layout. Collective over `world`.
/// @throws Error (usage) on every process: for a range that does not fit, too.
[[nodiscard]] PreparedSelection prepare_selection(const Communicator& world,
                                                  const MatrixShape& shape,
                                                  const SelectOptions& options,
                                                  const JobChoices& choices);

/// Reads X, makes the fits and chooses. Collective over `world`.
/// @param name  of the matrix, for messages. @param hooks  as of a pool.
/// @throws Error on every process: what reading throws; (bad_data) when all entries are equal;
/// (interrupted) when it was stopped, what is done being saved; (diverged) when no fit ended with a
/// finite error.
[[nodiscard]] Selection run_selection(const Communicator& world, const PreparedSelection& prepared,
                                      MatrixSource& source, const std::string& name,
                                      const SelectOptions& options,
                                      const CheckpointOptions& checkpoint, const PoolHooks& hooks);

/// Names that users write.
extern const Choices<SelectMethod> kSelectMethods;

}  // namespace partita
