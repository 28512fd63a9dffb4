#pragma once

#include <algorithm>
#include <vector>

#include "data/blocks/sparse_block.hpp"
#include "data/blocks/storage.hpp"

namespace partita {

/// Entries of a sparse block in the order they came. Memory comes in growing pieces: a list of few
/// entries takes little, and that of many goes back to the system with the list.
template <class Real>
class EntryList {
 public:
  void add(const LocalEntry<Real>& entry) {
    if (room_ == 0) add_chunk();
    *next_++ = entry;
    --room_;
  }
  [[nodiscard]] Index size() const;
  /// Calls take(entry) for all in their order.
  template <class Take>
  void for_each(Take take) const {
    for (const Storage<LocalEntry<Real>>& chunk : chunks_) {
      const bool last = &chunk == &chunks_.back();
      std::for_each_n(chunk.values().begin(), chunk.size() - (last ? room_ : 0), take);
    }
  }

 private:
  void add_chunk();

  std::vector<Storage<LocalEntry<Real>>> chunks_;
  LocalEntry<Real>* next_ = nullptr;
  Index room_ = 0;  ///< in the last chunk
};

}  // namespace partita
