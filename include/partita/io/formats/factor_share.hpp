#pragma once

#include "partita/base/index.hpp"
#include "partita/base/side.hpp"
#include "partita/data/tall_matrix.hpp"

namespace partita {

/// This process's share of a factor: rows [range) of A, or columns [range) of S, of `total`.
/// Processes may own nothing; ranges need not be in the order of ranks.
struct FactorShare {
  Side side;
  const TallMatrix<double>& values;  ///< range.size() x k
  Range range;
  Index total;
};

}  // namespace partita
