#pragma once

#include "partita/base/index.hpp"

#include <vector>

namespace partita {

/// One recorded iteration of the `random` schedule, to be replayed (0-based global indices). Of
/// Kaczmarz's inner steps one of the column and one of the row are taken in turn.
struct RecordedDraw {
  Index column = 0;
  Index row = 0;
  std::vector<Index> inner_rows;     ///< Kaczmarz: rows of A for the column's steps
  std::vector<Index> inner_columns;  ///< Kaczmarz: columns of S for the row's steps
};

}  // namespace partita
