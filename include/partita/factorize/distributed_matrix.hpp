#pragma once

#include <memory>
#include <vector>

#include "partita/comm/process_grid.hpp"
#include "partita/data/block.hpp"
#include "partita/layout/matrix_layout.hpp"

namespace partita {

/// X spread over the process grid of one group: this process's block, who owns what, and the
/// collective products with tall factors. Owns the grid and the block.
template <class Real>
class DistributedMatrix {
 public:
  /// @param block  my block, with the shape that `layout` gives this process. Collective over
  ///               grid.all(). @throws Error (internal) when the shapes differ.
  DistributedMatrix(ProcessGrid grid, const MatrixLayout& layout,
                    std::unique_ptr<Block<Real>> block);

  [[nodiscard]] const ProcessGrid& grid() const { return grid_; }
  [[nodiscard]] const MatrixLayout& layout() const { return layout_; }
  [[nodiscard]] const Block<Real>& block() const { return *block_; }
  [[nodiscard]] Index rows() const { return layout_.rows(); }
  [[nodiscard]] Index columns() const { return layout_.columns(); }
  /// Stored entries and squared norm of the whole X.
  [[nodiscard]] Index stored() const { return stored_; }
  [[nodiscard]] double squared_norm() const { return squared_norm_; }

  /// Global rows (columns) of X in my block, and those of A (S) that I own.
  [[nodiscard]] Range block_rows() const { return layout_.block_rows(grid_.all().rank()); }
  [[nodiscard]] Range block_columns() const { return layout_.block_columns(grid_.all().rank()); }
  [[nodiscard]] Range factor_rows() const { return layout_.factor_rows(grid_.all().rank()); }
  [[nodiscard]] Range factor_columns() const { return layout_.factor_columns(grid_.all().rank()); }

  /// The rows of A of my whole block row, from their owners. Collective over grid.same_row().
  [[nodiscard]] TallMatrix<Real> gather_A(const TallMatrix<Real>& my_A) const;
  /// The rows of Sᵀ of my whole block column. Collective over grid.same_column().
  [[nodiscard]] TallMatrix<Real> gather_S(const TallMatrix<Real>& my_S) const;
  /// My rows of X Sᵀ, from the gathered S. Collective over grid.same_row().
  [[nodiscard]] TallMatrix<Real> times(const TallMatrix<Real>& block_S) const;
  /// My rows of Xᵀ A, from the gathered A. Collective over grid.same_column().
  [[nodiscard]] TallMatrix<Real> transposed_times(const TallMatrix<Real>& block_A) const;

 private:
  ProcessGrid grid_;
  MatrixLayout layout_;
  std::unique_ptr<Block<Real>> block_;
  Index stored_ = 0;
  double squared_norm_ = 0;
};

}  // namespace partita
