#pragma once

#include "partita/layout/matrix_layout.hpp"

#include <functional>
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
  /// Where above 0, an entry x of X says how sure it is that something was chosen: it becomes a 1
  /// of weight 1 + confidence x.
  double confidence = 0;
};

/// What is known of the whole of X, in the unit of its blocks; the same on every process.
struct EntryFacts {
  Index known = 0;       ///< stored entries that count
  double mean = 0;       ///< of them, by weight
  double deviation = 0;  ///< standard, by weight
  double least = 0;
  double most = 0;
  Index empty_rows = 0;  ///< rows and columns that have none of them
  Index empty_columns = 0;
};

/// The stored entries twice: those of my rows of A, and those of my columns of S, as rows of Xᵀ.
/// What a row of a factor needs of X is then in one place.
template <class Real>
struct ObservedEntries {
  EntryFacts facts;            ///< of X as it was, before anything was taken off
  double taken_off = 0;        ///< of every stored value
  EntryRows<Real> of_rows;     ///< row i: factor_rows().begin + i; its columns count over all of X
  EntryRows<Real> of_columns;  ///< row j: factor_columns().begin + j; its columns are rows of X
  double squared_norm = 0;     ///< Σ w x² over all of X as it was
  /// Whether only entries that do not count are listed: zeros of X, whose products tell the rest.
  bool rest_by_products = false;
};

/// Takes a number off every stored value: a mean that a model has apart.
template <class Real>
void take_off(double number, ObservedEntries<Real>& observed);

/// Splits off the entries that `is_held_out` picks by their global places. Local; facts and norm
/// stay those of all.
/// @returns those entries of my rows.
template <class Real>
[[nodiscard]] EntryRows<Real> hold_out(
    ObservedEntries<Real>& observed, Range my_rows, Range my_columns,
    const std::function<bool(Index row, Index column)>& is_held_out);

/// @param block  my rows of X, whole. Collective over grid.all(), a grid of one column.
/// @throws Error (internal) for another grid.
template <class Real>
[[nodiscard]] ObservedEntries<Real> observe(const ProcessGrid& grid, const MatrixLayout& layout,
                                            const Block<Real>& block,
                                            const EntryWeights<Real>& weights);

}  // namespace partita
