#pragma once

#include <vector>

#include "data/blocks/entry_list.hpp"
#include "data/blocks/sparse_block.hpp"

namespace partita {

/// Collects the entries of a sparse block in any order and arranges them in panels. It never holds
/// more than the entries themselves and, as a rule, one part in a hundred beside what it writes:
/// they are kept by patches, the panels cut into slices of columns, and a patch's memory is given
/// back when it has been written. Time and memory follow the entries and the number of panels,
/// whatever the shape.
template <class Real>
class SparseBuilder {
 public:
  /// @param panel_rows  wished for; panels of the arrays have that many, or the next lower power of
  ///                    two.
  /// @throws Error (usage) when rows or columns exceed 2^31 - 1.
  SparseBuilder(Index rows, Index columns, Index panel_rows);

  void add(const LocalEntry<Real>& entry) {
    const Index at = (entry.row >> row_shift_) * slices_ + (entry.column >> column_shift_);
    patches_[static_cast<std::size_t>(at)].add(entry);
    ++entries_;
  }
  /// Entries added so far, duplicates included.
  [[nodiscard]] Index entries() const { return entries_; }
  [[nodiscard]] Index panels() const { return panels_; }
  /// Segments that the entries may make, at most.
  [[nodiscard]] Index most_segments() const;

  /// Writes panels into arrays for panels() + 1 starts, most_segments() segments and entries()
  /// entries; entries at one position are added up in the order they came. Leaves the builder
  /// empty.
  /// @return the same arrays, cut to what was needed.
  [[nodiscard]] PanelArrays<Real> write(PanelArrays<Real> arrays);
  /// The same with memory of its own.
  [[nodiscard]] PanelArrays<Real> write();

 private:
  Index columns_;
  int row_shift_ = 0;     ///< a panel has 2^row_shift rows
  int column_shift_ = 0;  ///< a slice has 2^column_shift columns
  Index panels_ = 0;
  Index slices_ = 0;
  std::vector<EntryList<Real>> patches_;  ///< panel by panel, in a panel slice by slice
  Index entries_ = 0;
};

}  // namespace partita
