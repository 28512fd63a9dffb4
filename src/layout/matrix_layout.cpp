#include "partita/layout/matrix_layout.hpp"

namespace partita {

namespace {

/// Part `part` of `parts` equal parts of a range.
Range sub_range(Range whole, Index parts, Index part) {
  const Range local = BlockDistribution(whole.size(), parts).range(part);
  return {whole.begin + local.begin, whole.begin + local.end};
}

}  // namespace

MatrixLayout::MatrixLayout(Index rows, Index columns, GridShape grid)
    : grid_(grid), row_blocks_(rows, grid.rows), column_blocks_(columns, grid.columns) {}

Range MatrixLayout::block_rows(Index process) const {
  return row_blocks_.range(grid_row(process));
}

Range MatrixLayout::block_columns(Index process) const {
  return column_blocks_.range(grid_column(process));
}

Index MatrixLayout::owner(GlobalIndex row, GlobalIndex column) const {
  return row_blocks_.owner(row) * grid_.columns + column_blocks_.owner(column);
}

Range MatrixLayout::factor_rows(Index process) const {
  return sub_range(block_rows(process), grid_.columns, grid_column(process));
}

Range MatrixLayout::factor_columns(Index process) const {
  return sub_range(block_columns(process), grid_.rows, grid_row(process));
}

}  // namespace partita
