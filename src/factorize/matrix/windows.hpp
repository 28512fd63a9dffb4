// Factors of several restarts side by side in one matrix: a window of k columns each.
#pragma once

#include "partita/data/tall_matrix.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "data/tall_view.hpp"

namespace partita {

/// Some rows of columns [first, first + width).
template <class Real>
[[nodiscard]] TallView<const Real> window_of_rows(const TallMatrix<Real>& stacked, Range rows,
                                                  Index first, Index width) {
  return {stacked.row(rows.begin) + first, rows.size(), width, stacked.width()};
}
template <class Real>
[[nodiscard]] TallView<Real> window_of_rows(TallMatrix<Real>& stacked, Range rows, Index first,
                                            Index width) {
  return {stacked.row(rows.begin) + first, rows.size(), width, stacked.width()};
}

/// Columns [first, first + width) of `from` over those of `to`, for a range of rows.
template <class Real>
void copy_window(const TallMatrix<Real>& from, TallMatrix<Real>& to, Index first, Index width) {
  for (Index i = 0; i < from.rows(); ++i) {
    std::copy_n(from.row(i) + first, width, to.row(i) + first);
  }
}

template <class Real>
void swap_windows(TallMatrix<Real>& one, TallMatrix<Real>& other, Index first, Index width) {
  for (Index i = 0; i < one.rows(); ++i) {
    std::swap_ranges(one.row(i) + first, one.row(i) + first + width, other.row(i) + first);
  }
}

/// The stacked matrix without the windows that are not kept.
template <class Real>
void drop_windows(TallMatrix<Real>& stacked, Index k, const std::vector<bool>& kept) {
  const auto count = static_cast<Index>(std::ranges::count(kept, true));
  TallMatrix<Real> rest(stacked.rows(), count * k);
  Index to = 0;
  for (std::size_t r = 0; r < kept.size(); ++r) {
    if (!kept[r]) continue;
    const Index from = static_cast<Index>(r) * k;
    for (Index i = 0; i < stacked.rows(); ++i) {
      std::copy_n(stacked.row(i) + from, k, rest.row(i) + to);
    }
    to += k;
  }
  stacked = std::move(rest);
}

/// Writes `part` into the window that begins at column `first`.
template <class Real>
void put_window(const TallMatrix<Real>& part, TallMatrix<Real>& stacked, Index first) {
  for (Index i = 0; i < part.rows(); ++i)
    std::copy_n(part.row(i), part.width(), stacked.row(i) + first);
}

/// Moves the matrix of a restart into its window of a stack of that width; that of a restart alone
/// becomes the stack. `part` is left empty.
template <class Real>
void take_in(TallMatrix<Real>& part, TallMatrix<Real>& stacked, Index first, Index width) {
  if (part.width() == width) {
    stacked = std::move(part);
  } else {
    stacked.reshape(part.rows(), width);
    put_window(part, stacked, first);
  }
  part = {};
}

/// A copy of the window that begins at column `first`.
template <class Real>
TallMatrix<Real> take_window(const TallMatrix<Real>& stacked, Index first, Index k) {
  TallMatrix<Real> part(stacked.rows(), k);
  for (Index i = 0; i < stacked.rows(); ++i) std::copy_n(stacked.row(i) + first, k, part.row(i));
  return part;
}

}  // namespace partita
