#pragma once

#include "partita/comm/communicator.hpp"
#include "partita/layout/matrix_layout.hpp"

namespace partita {

/// The processes of one group as a grid, numbered row by row. Owns its communicators (move-only)
/// and lends them; each is named by what it spans.
class ProcessGrid {
 public:
  /// Collective over `parent`, whose size must be shape.processes().
  ProcessGrid(const Communicator& parent, GridShape shape);

  [[nodiscard]] GridShape shape() const { return shape_; }
  [[nodiscard]] int row() const { return row_; }
  [[nodiscard]] int column() const { return column_; }
  [[nodiscard]] const Communicator& all() const { return all_; }
  /// The processes of my grid row: they hold the same rows of X.
  [[nodiscard]] const Communicator& same_row() const { return same_row_; }
  /// The processes of my grid column: they hold the same columns of X.
  [[nodiscard]] const Communicator& same_column() const { return same_column_; }

 private:
  GridShape shape_;
  Communicator all_;
  int row_;
  int column_;
  Communicator same_row_;
  Communicator same_column_;
};

}  // namespace partita
