#pragma once

#include "partita/base/index.hpp"
#include "partita/base/side.hpp"

namespace partita {

/// How much of X random starts are improved on before they see the whole.
struct SubsampleSize {
  Index lines = 0;   ///< rows of X, or columns where it has more of those; 0 for no subsample
  Index across = 0;  ///< lines of the other kind; 0 for all of them
  friend bool operator==(SubsampleSize, SubsampleSize) = default;
};

/// Whose lines a subsample of X has: its rows (Side::A), or columns where X has more of those.
[[nodiscard]] constexpr Side subsampled_side(Index rows, Index columns) {
  return rows >= columns ? Side::A : Side::S;
}

}  // namespace partita
