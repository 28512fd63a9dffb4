#pragma once

#include <vector>

#include "data/blocks/block.hpp"

namespace partita {

/// XᵀA of one block, summed panel by panel; each thread adds to a part of its own. Keeps its memory
/// from one sum to the next.
template <class Real>
class PanelSum {
 public:
  /// The part that becomes the sum. Between sums its memory may be swapped with another's.
  [[nodiscard]] TallMatrix<Real>& front() { return parts_.front(); }
  /// All parts zero, for factors A of that width.
  void begin(const Block<Real>& block, Index width);
  /// What a thread adds to by Block::add_transposed_times.
  [[nodiscard]] TallMatrix<Real>& part(Index thread) {
    return parts_[static_cast<std::size_t>(thread)];
  }
  /// Adds up the parts, in the order of threads. @return XᵀA, columns x width; may be swapped away.
  TallMatrix<Real>& finish(const Block<Real>& block);

 private:
  std::vector<TallMatrix<Real>> parts_ = std::vector<TallMatrix<Real>>(1);
};

}  // namespace partita
