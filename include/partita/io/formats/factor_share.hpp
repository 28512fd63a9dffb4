#pragma once

#include "partita/base/index.hpp"
#include "partita/data/tall_matrix.hpp"

namespace partita {

/// Which factor a file holds: A is n x k; S is k x m in the file and Sᵀ, m x k, in memory.
enum class FactorSide { A, S };

/// This process's share of a factor: rows [range) of A, or columns [range) of S, of `total`.
/// Processes may own nothing; ranges need not be in the order of ranks.
struct FactorShare {
  FactorSide side;
  const TallMatrix<double>& values;  ///< range.size() x k
  Range range;
  Index total;
};

}  // namespace partita
