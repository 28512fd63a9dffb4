#pragma once

#include "partita/base/index.hpp"

#include <span>
#include <vector>

#include "factorize/matrix/distributed_matrix.hpp"
#include "factorize/matrix/line_blocks.hpp"
#include "factorize/matrix/line_moves.hpp"
#include "update/equation_steps.hpp"

namespace partita {

/// The known entries of X as equations, cut into B x B strata of about as many: B blocks of rows by
/// B blocks of columns. Strata of different row and column blocks have no row of A and no column of
/// S in common, so B of them can be worked on at once; row blocks are dealt to the processes. B,
/// the cut and the order in a stratum depend on X and the seed alone, not on who holds what.
template <class Real>
class Strata {
 public:
  /// Collective over X.grid().all(). @param X  whose entries do not all count alike.
  Strata(const DistributedMatrix<Real>& X, std::uint64_t seed);

  [[nodiscard]] Index blocks() const { return rows_.blocks(); }
  [[nodiscard]] const LineBlocks& rows() const { return rows_; }
  [[nodiscard]] const LineBlocks& columns() const { return columns_; }
  /// My row blocks; the columns of the blocks of the same numbers are mine at first.
  [[nodiscard]] Range mine() const { return mine_of(X_.grid().all().rank()); }
  /// The process that has a row block.
  [[nodiscard]] int holder(Index row_block) const;
  /// Places of my rows, which equations count from the first of them.
  [[nodiscard]] Range row_places() const { return rows_.places_of(mine()); }
  /// Their columns count from the first of the block.
  [[nodiscard]] std::span<const Equation<Real>> equations(Index row_block,
                                                          Index column_block) const;

  /// How rows of A and of Sᵀ come from their owners to the places where I hold them.
  [[nodiscard]] const LineMoves<Real>& moves_of_A() const { return moves_of_A_; }
  [[nodiscard]] const LineMoves<Real>& moves_of_S() const { return moves_of_S_; }

  /// Of the known entries, by weight; 1 where all are 0.
  [[nodiscard]] double mean_square() const { return mean_square_; }
  [[nodiscard]] double variance() const { return variance_; }
  [[nodiscard]] double mean_weight() const { return mean_weight_; }

 private:
  [[nodiscard]] Range mine_of(int process) const;
  [[nodiscard]] std::vector<Range> places_by_process(const LineBlocks& lines) const;
  void measure();
  void place_equations();
  void shuffle(std::uint64_t seed);
  [[nodiscard]] std::size_t stratum(Index row_block, Index column_block) const {
    return static_cast<std::size_t>((row_block - mine().begin) * blocks() + column_block);
  }

  const DistributedMatrix<Real>& X_;
  LineBlocks rows_;
  LineBlocks columns_;
  LineMoves<Real> moves_of_A_;
  LineMoves<Real> moves_of_S_;
  std::vector<Equation<Real>> equations_;  ///< by row block, then by column block
  std::vector<Index> begin_;               ///< of my strata in them
  double mean_square_ = 1;
  double variance_ = 1;
  double mean_weight_ = 1;
};

}  // namespace partita
