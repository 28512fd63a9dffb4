#pragma once

#include "partita/base/index.hpp"
#include "partita/layout/block_distribution.hpp"

namespace partita {

/// Shape of a process grid: `rows` x `columns` processes (pr x pc in formulas).
struct GridShape {
  Index rows = 1;
  Index columns = 1;
  [[nodiscard]] Index processes() const { return rows * columns; }
  friend bool operator==(GridShape, GridShape) = default;
};

/// How X (n x m) and its factors lie on the processes of one group, numbered row by row through the
/// grid. Process (i, j) holds block X_ij; the rows of A that belong to block row i are cut once
/// more among the pc processes of that grid row, and the columns of S likewise among the pr
/// processes of a grid column, so that every row of A and column of S has exactly one owner.
class MatrixLayout {
 public:
  MatrixLayout(Index rows, Index columns, GridShape grid);

  [[nodiscard]] GridShape grid() const { return grid_; }
  [[nodiscard]] Index rows() const { return row_blocks_.extent(); }
  [[nodiscard]] Index columns() const { return column_blocks_.extent(); }
  [[nodiscard]] Index grid_row(Index process) const { return process / grid_.columns; }
  [[nodiscard]] Index grid_column(Index process) const { return process % grid_.columns; }

  /// Rows and columns of X in the block of a process.
  [[nodiscard]] Range block_rows(Index process) const;
  [[nodiscard]] Range block_columns(Index process) const;
  /// Process that holds entry (row, column) of X.
  [[nodiscard]] Index owner(GlobalIndex row, GlobalIndex column) const;

  /// Rows of A and columns of S owned by a process (global, inside its block).
  [[nodiscard]] Range factor_rows(Index process) const;
  [[nodiscard]] Range factor_columns(Index process) const;

 private:
  GridShape grid_;
  BlockDistribution row_blocks_;
  BlockDistribution column_blocks_;
};

}  // namespace partita
