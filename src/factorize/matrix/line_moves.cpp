#include "factorize/matrix/line_moves.hpp"

#include <algorithm>
#include <cstddef>

#include "comm/collectives.hpp"

namespace partita {

namespace {

/// Numbers that a process sends or receives at a time, at most.
constexpr Index kMostAtOnce = Index{1} << 26;

/// The last that begins there or before: it is not empty, if any is.
int holder(const std::vector<Range>& ranges, Index at) {
  const auto found = std::ranges::upper_bound(ranges, at, {}, &Range::begin);
  return static_cast<int>(found - ranges.begin()) - 1;
}

}  // namespace

template <class Real>
LineMoves<Real>::LineMoves(const Communicator& all, std::vector<Range> homes,
                           const std::vector<Index>& place, std::vector<Range> places)
    : all_(all) {
  for (const std::vector<Range>& ranges : {homes, places}) {
    for (const Range& range : ranges) most_lines_ = std::max(most_lines_, range.size());
  }
  const auto me = static_cast<std::size_t>(all.rank());
  for (Index line = 0; line < static_cast<Index>(place.size()); ++line) {
    const Index at = place[static_cast<std::size_t>(line)];
    const int lives = holder(homes, line);
    const int works = holder(places, at);
    if (lives == all.rank()) at_home_.push_back({line - homes[me].begin, works});
    if (works == all.rank()) at_places_.push_back({at, lives});
  }
}

template <class Real>
void LineMoves<Real>::to_places(const TallMatrix<Real>& mine, const RowAt& row_at) const {
  move_all(
      mine.width(), at_home_, [&](Index i) { return mine.row(i); }, at_places_, row_at);
}

template <class Real>
void LineMoves<Real>::home(const RowAt& row_at, TallMatrix<Real>& mine) const {
  move_all(mine.width(), at_places_, row_at, at_home_, [&](Index i) { return mine.row(i); });
}

template <class Real>
void LineMoves<Real>::move_all(Index width, const std::vector<Line>& from, const ConstRowAt& source,
                               const std::vector<Line>& to, const RowAt& target) const {
  const Index step = std::max<Index>(1, kMostAtOnce / most_lines_);
  for (Index first = 0; first < width; first += step) {
    move({first, std::min(first + step, width)}, from, source, to, target);
  }
}

/// Both ends go through the lines in ascending order, so that what a process sends to another
/// arrives in the order in which that one looks for it.
template <class Real>
void LineMoves<Real>::move(Range components, const std::vector<Line>& from,
                           const ConstRowAt& source, const std::vector<Line>& to,
                           const RowAt& target) const {
  const Index count = components.size();
  const auto processes = static_cast<std::size_t>(all_.size());
  std::vector<std::vector<Real>> outgoing(processes);
  for (const Line& line : from) {
    std::vector<Real>& parcel = outgoing[static_cast<std::size_t>(line.other)];
    const Real* const row = source(line.at) + components.begin;
    parcel.insert(parcel.end(), row, row + count);
  }
  const std::vector<Real> arrived = partita::exchange(all_, outgoing);
  std::vector<Index> next(processes + 1, 0);
  for (const Line& line : to) next[static_cast<std::size_t>(line.other) + 1] += count;
  for (std::size_t r = 0; r < processes; ++r) next[r + 1] += next[r];
  for (const Line& line : to) {
    Index& at = next[static_cast<std::size_t>(line.other)];
    std::copy_n(arrived.begin() + at, count, target(line.at) + components.begin);
    at += count;
  }
}

template class LineMoves<double>;
template class LineMoves<float>;

}  // namespace partita
