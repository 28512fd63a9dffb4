#pragma once

#include "partita/data/mapped_memory.hpp"
#include "partita/data/sparse_block.hpp"

#include <span>
#include <vector>

namespace partita {

/// Collects the entries of a sparse block in any order and arranges them in panels. It never holds
/// more than the entries themselves and one part in a hundred or so beside what it writes: they are
/// kept by runs of rows, several a panel, and a run's memory is given back when it has been
/// written.
template <class Real>
class SparseBuilder {
 public:
  /// @param panel_rows  wished for; panels of the arrays may have somewhat fewer.
  /// @throws Error (usage) when rows or columns exceed 2^31 - 1.
  SparseBuilder(Index rows, Index columns, Index panel_rows);

  void add(const LocalEntry<Real>& entry) {
    Run& run = runs_[static_cast<std::size_t>(entry.row >> shift_)];
    if (run.room == 0) add_chunk(run);
    *run.next++ = entry;
    --run.room;
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
  struct Run {
    std::vector<MappedMemory> chunks;  ///< of a fixed number of entries each
    LocalEntry<Real>* next = nullptr;
    Index room = 0;  ///< in the last chunk
  };

  void add_chunk(Run& run);
  /// Calls take(entry) for the entries of a run.
  template <class Take>
  void for_each_entry(const Run& run, Take take) const;
  PanelStart write_panel(Index panel, PanelArrays<Real>& arrays);

  Index rows_;
  Index columns_;
  int shift_ = 0;  ///< a run holds 2^shift rows
  Index runs_of_panel_ = 1;
  Index panels_ = 0;
  std::vector<Run> runs_;
  Index entries_ = 0;
};

}  // namespace partita
