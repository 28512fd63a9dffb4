#pragma once

#include "partita/layout/matrix_layout.hpp"

#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "comm/process_grid.hpp"
#include "data/blocks/block.hpp"
#include "data/blocks/panel_sum.hpp"
#include "factorize/matrix/observed_entries.hpp"

namespace partita {

/// What is known of the whole of a matrix.
struct MatrixTotals {
  Index stored = 0;
  double squared_norm = 0;
};

/// X spread over the process grid of one group: this process's block, who owns what, and the
/// collective products with tall factors. Owns the grid and the block. Products, fingerprint and
/// residual may be interrupted outside of an InterruptionHold, and are then collective over
/// grid.all().
template <class Real>
class DistributedMatrix {
 public:
  /// @param block  my block, with the shape that `layout` gives this process. Collective over
  ///               grid.all(). @throws Error (internal) when the shapes differ.
  DistributedMatrix(ProcessGrid grid, const MatrixLayout& layout,
                    std::unique_ptr<Block<Real>> block);
  /// The same for blocks that stand for a matrix with other totals than their sums.
  DistributedMatrix(ProcessGrid grid, const MatrixLayout& layout,
                    std::unique_ptr<Block<Real>> block, MatrixTotals totals);

  /// From here on entries count as `weights` says, in squared_norm() and residual_squared() too.
  /// Needs a grid of one column. Collective over grid().all().
  void weigh(EntryWeights<Real> weights);
  /// From here on the places that are listed do not count, where the block has zeros; all others
  /// count once. Needs a grid of one column. Local.
  void leave_out(ObservedEntries<Real> places);
  /// Whether every entry counts once, and what is not stored as a zero; products then say all.
  [[nodiscard]] bool counts_all_alike() const { return !observed_.has_value(); }
  /// What counts, where not all do alike, and how much what is not stored.
  [[nodiscard]] const ObservedEntries<Real>& observed() const { return *observed_; }
  [[nodiscard]] ObservedEntries<Real>& observed() { return *observed_; }
  [[nodiscard]] double unstored_weight() const { return unstored_weight_; }
  /// Names the weights of entries in the identity of a run. Collective over grid().all().
  [[nodiscard]] std::uint64_t weights_fingerprint() const;

  [[nodiscard]] const ProcessGrid& grid() const { return grid_; }
  [[nodiscard]] const MatrixLayout& layout() const { return layout_; }
  [[nodiscard]] const Block<Real>& block() const { return *block_; }
  /// Access to the entries of my block. @throws Error (internal) where X is known by its products
  /// alone.
  [[nodiscard]] const BlockEntries<Real>& entries() const;
  [[nodiscard]] Index rows() const { return layout_.rows(); }
  [[nodiscard]] Index columns() const { return layout_.columns(); }
  /// Stored entries of the whole X, and its squared norm in the unit in which blocks hold it.
  [[nodiscard]] Index stored() const { return totals_.stored; }
  [[nodiscard]] double squared_norm() const { return totals_.squared_norm; }
  /// X is 4^unit times what its blocks hold.
  [[nodiscard]] int unit() const { return block_->unit(); }
  /// ||X||, in its own unit.
  [[nodiscard]] double frobenius_norm() const {
    return std::ldexp(std::sqrt(totals_.squared_norm), 2 * unit());
  }

  /// Global rows (columns) of X in my block, and those of A (S) that I own.
  [[nodiscard]] Range block_rows() const { return layout_.block_rows(grid_.all().rank()); }
  [[nodiscard]] Range block_columns() const { return layout_.block_columns(grid_.all().rank()); }
  [[nodiscard]] Range factor_rows() const { return layout_.factor_rows(grid_.all().rank()); }
  [[nodiscard]] Range factor_columns() const { return layout_.factor_columns(grid_.all().rank()); }

  /// The rows of A of my whole block row, from their owners: `my_A` itself when I own them all,
  /// else gathered into `space`, which is resized. Collective over grid.same_row().
  const TallMatrix<Real>& gather_A(const TallMatrix<Real>& my_A, TallMatrix<Real>& space) const;
  /// The same for the rows of Sᵀ of my block column. Collective over grid.same_column().
  const TallMatrix<Real>& gather_S(const TallMatrix<Real>& my_S, TallMatrix<Real>& space) const;

  /// All of A, on a grid of one column. Collective over grid.all().
  const TallMatrix<Real>& gather_whole_A(const TallMatrix<Real>& my_A,
                                         TallMatrix<Real>& space) const;

  /// My rows of X Sᵀ, from the gathered S; `space` holds the block's partial product where it must
  /// be summed. Collective over grid.same_row().
  void times(const TallMatrix<Real>& block_S, TallMatrix<Real>& my_P,
             TallMatrix<Real>& space) const;
  /// My rows of Xᵀ A, from the gathered A. Collective over grid.same_column().
  void transposed_times(const TallMatrix<Real>& block_A, TallMatrix<Real>& my_Q,
                        PanelSum<Real>& space) const;
  /// Sums block_P = (my block) Sᵀ over the processes of my grid row; my rows go to `my_P`.
  /// Collective over grid.same_row().
  void sum_products(TallMatrix<Real>& block_P, TallMatrix<Real>& my_P) const;
  /// Sums block_Q = (my block)ᵀ A over the processes of my grid column; my rows go to `my_Q`.
  /// Collective over grid.same_column().
  void sum_transposed(TallMatrix<Real>& block_Q, TallMatrix<Real>& my_Q) const;

  /// What tells this X from another, whatever its layout and storage. Collective over grid.all().
  [[nodiscard]] std::uint64_t fingerprint() const;

  /// Whether I own the whole of A's rows of my block, so that a panel of A can be updated as soon
  /// as its product is there (grids of one column).
  [[nodiscard]] bool owns_block_rows() const { return grid_.same_row().size() == 1; }
  /// The same for S and the columns of my block (grids of one row).
  [[nodiscard]] bool owns_block_columns() const { return grid_.same_column().size() == 1; }

  /// ||X - A S||² over the whole of X, explicit, in double. Collective over grid.all().
  [[nodiscard]] double residual_squared(const TallMatrix<Real>& my_A,
                                        const TallMatrix<Real>& my_S) const;

 private:
  /// Elements that each process of my grid row (column) owns of a tall matrix of that width.
  [[nodiscard]] std::vector<Index> row_counts(Index width) const;
  [[nodiscard]] std::vector<Index> column_counts(Index width) const;
  [[nodiscard]] double weighted_residual(const TallMatrix<Real>& block_A,
                                         const TallMatrix<Real>& block_S) const;

  ProcessGrid grid_;
  MatrixLayout layout_;
  std::unique_ptr<Block<Real>> block_;
  MatrixTotals totals_;
  std::optional<ObservedEntries<Real>> observed_;
  double unstored_weight_ = 1;
};

}  // namespace partita
