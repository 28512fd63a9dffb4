#pragma once

#include "partita/base/index.hpp"

#include "comm/process_grid.hpp"
#include "data/blocks/block.hpp"

namespace partita {

/// What `info` tells of a matrix.
struct MatrixFacts {
  Index stored = 0;  ///< entries in memory; rows * columns when dense
  Index nonzeros = 0;
  Index negative = 0;
  Index nan = 0;
  Index infinite = 0;
  Index empty_rows = 0;  ///< rows without a non-zero
  Index empty_columns = 0;
  /// Over all finite entries, the zeros that a sparse matrix does not store included; NaN when
  /// there are none.
  double smallest = 0;
  double largest = 0;
  double mean = 0;
};

/// Facts of X spread over a grid. Collective over grid.all(); the same on every process.
/// @param block  my block of X, rows x columns in whole.
template <class Real>
[[nodiscard]] MatrixFacts matrix_facts(const ProcessGrid& grid, Index rows, Index columns,
                                       const Block<Real>& block);

}  // namespace partita
