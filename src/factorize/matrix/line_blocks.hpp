#pragma once

#include "partita/base/index.hpp"

#include <span>
#include <vector>

namespace partita {

/// The lines (rows or columns) of X in blocks of about as many entries. Each line has a place; the
/// blocks stand one after the other. The same on every process.
struct LineBlocks {
  std::vector<Index> place;  ///< of every line
  std::vector<Index> begin;  ///< of blocks: block b has the places begin[b] .. begin[b + 1]
  std::vector<Index> known;  ///< entries of the line at each place

  [[nodiscard]] Index blocks() const { return static_cast<Index>(begin.size()) - 1; }
  [[nodiscard]] Range places_of(Index block) const {
    return {begin[static_cast<std::size_t>(block)], begin[static_cast<std::size_t>(block) + 1]};
  }
  [[nodiscard]] Range places_of(Range some) const {
    return {begin[static_cast<std::size_t>(some.begin)], begin[static_cast<std::size_t>(some.end)]};
  }
  /// The block of every place.
  [[nodiscard]] std::vector<Index> block_of_place() const;
};

/// Lines stay in their order. @param known  entries of every line.
[[nodiscard]] LineBlocks cut_lines(std::span<const Index> known, Index blocks);

/// The heaviest line that is left goes to the lightest block, which evens blocks out also where
/// the lines come in the order of their weight.
[[nodiscard]] LineBlocks deal_lines(std::span<const Index> known, Index blocks);

}  // namespace partita
