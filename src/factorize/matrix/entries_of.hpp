#pragma once

#include "data/blocks/block.hpp"
#include "data/blocks/entry_rows.hpp"

namespace partita {

/// The stored entries of a block, row by row, with their weights. Local.
/// @param weights  in the shape of the block and with its positions: what it does not store weighs
/// nothing; nullptr where every entry counts once.
template <class Real>
[[nodiscard]] EntryRows<Real> entries_of(const Block<Real>& block, const Block<Real>* weights);

}  // namespace partita
