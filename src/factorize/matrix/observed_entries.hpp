#pragma once

#include "partita/layout/matrix_layout.hpp"

#include <memory>

#include "comm/process_grid.hpp"
#include "data/blocks/block.hpp"
#include "data/blocks/entry_rows.hpp"

namespace partita {

/// How the entries of X count in the loss: ½ Σ_stored w (x - a·s)² + ½ ω Σ_unstored (a·s)².
template <class Real>
struct EntryWeights {
  double unstored = 1;  ///< ω: 1 for zeros, 0 for what is not known
  /// w, in the shape of the block of X and with its positions: what it does not store counts
  /// nothing; nullptr where every stored entry counts once.
  std::unique_ptr<Block<Real>> of_stored = {};
};

/// The stored entries twice: those of my rows of A, and those of my columns of S, as rows of Xᵀ.
/// What a row of a factor needs of X is then in one place.
template <class Real>
struct ObservedEntries {
  EntryRows<Real> of_rows;     ///< row i: factor_rows().begin + i; its columns count over all of X
  EntryRows<Real> of_columns;  ///< row j: factor_columns().begin + j; its columns are rows of X
  double squared_norm = 0;     ///< Σ w x² over all of X
};

/// @param block  my rows of X, whole. Collective over grid.all(), a grid of one column.
/// @throws Error (internal) for another grid.
template <class Real>
[[nodiscard]] ObservedEntries<Real> observe(const ProcessGrid& grid, const MatrixLayout& layout,
                                            const Block<Real>& block,
                                            const EntryWeights<Real>& weights);

}  // namespace partita
