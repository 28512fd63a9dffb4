#include "factorize/matrix/line_blocks.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <numeric>
#include <queue>
#include <utility>

namespace partita {

namespace {

/// A line without entries is a little work too, and memory.
Index load_of(Index known) {
  return known + 1;
}

/// @param block  of every line. In a block lines keep their order.
LineBlocks in_blocks(std::span<const Index> known, const std::vector<Index>& block, Index blocks) {
  LineBlocks made;
  made.begin.assign(static_cast<std::size_t>(blocks) + 1, 0);
  for (const Index b : block) ++made.begin[static_cast<std::size_t>(b) + 1];
  std::partial_sum(made.begin.begin(), made.begin.end(), made.begin.begin());
  std::vector<Index> next(made.begin.begin(), made.begin.end() - 1);
  made.place.resize(known.size());
  made.known.resize(known.size());
  for (std::size_t line = 0; line < known.size(); ++line) {
    const Index place = next[static_cast<std::size_t>(block[line])]++;
    made.place[line] = place;
    made.known[static_cast<std::size_t>(place)] = known[line];
  }
  return made;
}

}  // namespace

std::vector<Index> LineBlocks::block_of_place() const {
  std::vector<Index> of(place.size());
  for (Index b = 0; b < blocks(); ++b) {
    const Range places = places_of(b);
    std::fill(of.begin() + places.begin, of.begin() + places.end, b);
  }
  return of;
}

LineBlocks cut_lines(std::span<const Index> known, Index blocks) {
  const double total = static_cast<double>(std::accumulate(known.begin(), known.end(), Index{0})) +
                       static_cast<double>(known.size());
  std::vector<Index> block(known.size());
  double before = 0;
  for (std::size_t line = 0; line < known.size(); ++line) {
    // a line belongs where its middle lies
    const auto load = static_cast<double>(load_of(known[line]));
    const auto at = static_cast<Index>((before + load / 2) / total * static_cast<double>(blocks));
    block[line] = std::min(at, blocks - 1);
    before += load;
  }
  return in_blocks(known, block, blocks);
}

LineBlocks deal_lines(std::span<const Index> known, Index blocks) {
  std::vector<Index> order(known.size());
  std::iota(order.begin(), order.end(), Index{0});
  std::ranges::stable_sort(order, std::greater{},
                           [&](Index line) { return known[static_cast<std::size_t>(line)]; });
  using Loaded = std::pair<Index, Index>;  // load, block
  std::priority_queue<Loaded, std::vector<Loaded>, std::greater<>> lightest;
  for (Index b = 0; b < blocks; ++b) lightest.emplace(0, b);
  std::vector<Index> block(known.size());
  for (const Index line : order) {
    const auto [load, b] = lightest.top();
    lightest.pop();
    block[static_cast<std::size_t>(line)] = b;
    lightest.emplace(load + load_of(known[static_cast<std::size_t>(line)]), b);
  }
  return in_blocks(known, block, blocks);
}

}  // namespace partita
