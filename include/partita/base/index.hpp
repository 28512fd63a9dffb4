/// base/: what every room needs: index types, errors, counter-based random numbers, clocks.
/// It knows no MPI and no files.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>

namespace partita {

/// Counts and local positions (inside one process's part). Always 64-bit.
using Index = std::int64_t;

/// A row or column of the whole matrix, counted from 0. A type of its own, so that a local position
/// is never taken for a global one.
struct GlobalIndex {
  Index value = 0;
  friend constexpr auto operator<=>(GlobalIndex, GlobalIndex) = default;
};

/// Half-open range [begin, end) of indices.
struct Range {
  Index begin = 0;
  Index end = 0;
  [[nodiscard]] constexpr Index size() const { return end - begin; }
  [[nodiscard]] constexpr bool empty() const { return end <= begin; }
  [[nodiscard]] constexpr bool contains(Index i) const { return i >= begin && i < end; }
  friend constexpr bool operator==(Range, Range) = default;
};

/// What two ranges have in common; empty, and within the second, where that is nothing.
[[nodiscard]] constexpr Range common(Range a, Range b) {
  const Index begin = std::clamp(a.begin, b.begin, b.end);
  return {begin, std::clamp(a.end, begin, b.end)};
}

}  // namespace partita
