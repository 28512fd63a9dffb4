#pragma once

#include "partita/base/side.hpp"

#include <optional>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "factorize/matrix/distributed_matrix.hpp"

namespace partita {

/// Rows or columns of X that are chosen, ascending, or all of them. A chosen line's place is its
/// number among them. The same on every process.
class ChosenLines {
 public:
  /// All of the lines of an extent.
  explicit ChosenLines(Index extent) : extent_(extent) {}
  /// @param lines  ascending. @param share  of ||X||² that is expected in them, or known to be.
  ChosenLines(std::vector<Index> lines, double share) : lines_(std::move(lines)), share_(share) {}

  [[nodiscard]] Index count() const {
    return lines_ ? static_cast<Index>(lines_->size()) : extent_;
  }
  [[nodiscard]] Index line(Index place) const {
    return lines_ ? (*lines_)[static_cast<std::size_t>(place)] : place;
  }
  /// Places of the chosen lines within a range of X's lines.
  [[nodiscard]] Range places_in(Range lines) const;
  [[nodiscard]] double share() const { return share_; }

 private:
  std::optional<std::vector<Index>> lines_;
  Index extent_ = 0;
  double share_ = 1;
};

/// One line out of each of `count` equal stretches of X's rows (Side::A), or of its columns. Local.
template <class Real>
[[nodiscard]] ChosenLines one_of_each_stretch(const DistributedMatrix<Real>& X, Side side,
                                              Index count, const RandomField& field);

/// Rows of sparse X (Side::A), or its columns, each with a chance in proportion to its squared
/// norm, but one at most: `expected` of them on average, or all that are not zero where there are
/// fewer. Poisson sampling by length squared (Frieze, Kannan & Vempala 2004). Collective over
/// X.grid().all().
template <class Real>
[[nodiscard]] ChosenLines draw_by_norm(const DistributedMatrix<Real>& X, Side side, Index expected,
                                       const RandomField& field);

}  // namespace partita
