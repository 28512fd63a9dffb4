#pragma once

#include "factorize/matrix/distributed_matrix.hpp"

namespace partita {

/// What the entries of X are like, zeros that are not stored too; in X's own unit.
struct DataFacts {
  double least = 0;
  double most = 0;
  double mean = 0;
  bool all_whole = false;  ///< counts: all below 2^53, from which on every number is whole
  int unit = 0;            ///< X is held as 4^-unit of itself
  double mean_square = 0;  ///< of the entries as they are held
};

/// Collective over X.grid().all(); the same on every process.
template <class Real>
[[nodiscard]] DataFacts data_facts(const DistributedMatrix<Real>& X);

}  // namespace partita
