#pragma once

#include "partita/data/mapped_memory.hpp"
#include "partita/data/sparse_block.hpp"

#include <vector>

namespace partita {

/// Collects the entries of a sparse block in any order and turns them to compressed rows. It never
/// holds more than the entries themselves and one part in a hundred or so beside what it writes:
/// they are kept by runs of rows, and a run's memory is given back when it has been written.
template <class Real>
class SparseBuilder {
 public:
  /// @throws Error (usage) when rows or columns exceed 2^31 - 1.
  SparseBuilder(Index rows, Index columns);

  void add(const LocalEntry<Real>& entry) {
    Run& run = runs_[static_cast<std::size_t>(entry.row >> shift_)];
    if (run.room == 0) add_chunk(run);
    *run.next++ = entry;
    --run.room;
    ++entries_;
  }
  /// Entries added so far, duplicates included.
  [[nodiscard]] Index entries() const { return entries_; }

  /// Writes compressed rows, columns ascending, into arrays for rows + 1, entries() and entries()
  /// values; entries at one position are added up in the order they came. Leaves the builder empty.
  /// @return the same arrays, cut to what was needed.
  [[nodiscard]] CsrArrays<Real> write(CsrArrays<Real> arrays);
  /// The same with memory of its own.
  [[nodiscard]] CsrArrays<Real> write();

 private:
  struct Run {
    std::vector<MappedMemory> chunks;  ///< of a fixed number of entries each
    LocalEntry<Real>* next = nullptr;
    Index room = 0;  ///< in the last chunk
  };

  void add_chunk(Run& run);
  Index write_run(Run& run, Range rows, CsrArrays<Real>& arrays);

  Index rows_;
  int shift_ = 0;  ///< a run holds 2^shift rows
  std::vector<Run> runs_;
  Index entries_ = 0;
};

}  // namespace partita
