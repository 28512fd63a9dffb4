#pragma once

#include "partita/data/tall_matrix.hpp"
#include "partita/io/formats/factor_share.hpp"

#include <string>

#include "factorize/matrix/distributed_matrix.hpp"
#include "update/entry_penalty.hpp"

namespace partita {

/// One factor of a model, held fixed: Sᵀ where new rows of X are explained, A where new columns
/// are. Whole on every process. With biases it is [Sᵀ 1 column_bias] or [A row_bias 1].
struct FixedFactor {
  TallMatrix<double> met;     ///< its rows for the columns (rows) of X, in the order of X
  TallMatrix<double> absent;  ///< its rows for those that X lacks and that count as zeros, or none
};

/// The other factor.
struct NewFactor {
  TallMatrix<double> values;  ///< my rows of A, or of Sᵀ, in the columns of the fixed one
  Range range;                ///< which these are
  double relative_error = 0;  ///< ||X - A S|| / ||X||, over what counts
};

/// What the new factor minimises, and over what.
struct NewFactorRules {
  EntryPenalty penalty = {};  ///< and where biases stand
  double mean = 0;            ///< what the model adds to biases and A S
  bool nonnegative = true;
  double unstored = 1;  ///< weight of entries that X does not store: 0 where they are not known
  std::string matrix = "the matrix";  ///< what messages call X
};

/// The exact minimum of ½||X - A S||², over what counts, and the penalty of the new factor, whose
/// side is `side`, the other being fixed; a row without entries that count is what the penalty
/// prefers. The grid has
/// one column (for A) or one row (for S), and every row of the new factor is the same, bit for bit,
/// on any number of processes. Collective over X.grid().all().
/// @param fixed  overwritten. @param weights  of the stored entries, in the shape of the block of
/// X: what it does not store counts nothing; nullptr where each counts once. @throws Error
/// (bad_data) when X has no entry but zeros.
[[nodiscard]] NewFactor solve_new_factor(const DistributedMatrix<double>& X, Side side,
                                         FixedFactor& fixed, const NewFactorRules& rules,
                                         const Block<double>* weights = nullptr);

}  // namespace partita
