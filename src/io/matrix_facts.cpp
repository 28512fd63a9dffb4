#include "io/matrix_facts.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "base/interruption.hpp"
#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "data/blocks/block_entries.hpp"

namespace partita {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kScale = 0x1p-256;

/// Lines, a bit each: they may outnumber the entries by far.
class LineSet {
 public:
  explicit LineSet(Index lines) : lines_(lines), words_(word_of(lines) + 1) {}
  void add(Index line) { words_[word_of(line)] |= std::uint64_t{1} << (line % kBits); }
  /// Lines that no process of `same` has added, counted on one of them. Collective over `same`.
  [[nodiscard]] Index missing(const Communicator& same) {
    any_over(same, std::span<std::uint64_t>(words_));
    Index there = 0;
    for (const std::uint64_t word : words_) there += std::popcount(word);
    return same.is_root() ? lines_ - there : 0;
  }

 private:
  static constexpr Index kBits = 64;
  static std::size_t word_of(Index line) { return static_cast<std::size_t>(line / kBits); }

  Index lines_;
  std::vector<std::uint64_t> words_;
};

/// Facts of one block.
struct BlockFacts {
  BlockFacts(Index row_count, Index column_count) : rows(row_count), columns(column_count) {}

  LineSet rows;  ///< with a non-zero
  LineSet columns;
  Index nonzeros = 0;
  Index negative = 0;
  Index nan = 0;
  Index infinite = 0;
  double smallest = kInfinity;
  double largest = -kInfinity;
  double sum = 0;
  double scaled_sum = 0;  ///< of kScale times the values, where the sum itself overflows

  void see(Index row, Index column, double value) {
    if (value == 0) {
      smallest = std::min(smallest, 0.0);
      largest = std::max(largest, 0.0);
      return;
    }
    ++nonzeros;
    rows.add(row);
    columns.add(column);
    if (std::isnan(value)) {
      ++nan;
      return;
    }
    if (value < 0) ++negative;
    if (std::isinf(value)) {
      ++infinite;
      return;
    }
    smallest = std::min(smallest, value);
    largest = std::max(largest, value);
    sum += value;
    scaled_sum += kScale * value;
  }
};

template <class Real>
BlockFacts facts_of(const Block<Real>& block) {
  BlockFacts facts(block.rows(), block.columns());
  constexpr Index kRowsAtATime = 1024;  // an interruption is heard in between
  for (Index begin = 0; begin < block.rows(); begin += kRowsAtATime) {
    check_interrupted();
    const Range rows{begin, std::min(begin + kRowsAtATime, block.rows())};
    block.entries()->visit(rows, [&](std::span<const LocalEntry<Real>> entries) {
      for (const LocalEntry<Real>& entry : entries) {
        facts.see(entry.row, entry.column, static_cast<double>(entry.value));
      }
    });
  }
  const bool has_unstored = block.stored() < block.rows() * block.columns();
  if (has_unstored) facts.see(0, 0, 0);
  return facts;
}

}  // namespace

template <class Real>
MatrixFacts matrix_facts(const ProcessGrid& grid, Index rows, Index columns,
                         const Block<Real>& block) {
  std::optional<BlockFacts> made;
  together(grid.all(), [&] { made = facts_of(block); });
  BlockFacts& mine = *made;
  std::array<Index, 7> counts{block.stored(),
                              mine.nonzeros,
                              mine.negative,
                              mine.nan,
                              mine.infinite,
                              mine.rows.missing(grid.same_row()),
                              mine.columns.missing(grid.same_column())};
  sum_over(grid.all(), std::span<Index>(counts));
  MatrixFacts facts{.stored = counts[0],
                    .nonzeros = counts[1],
                    .negative = counts[2],
                    .nan = counts[3],
                    .infinite = counts[4],
                    .empty_rows = counts[5],
                    .empty_columns = counts[6]};
  facts.smallest = min_over(grid.all(), mine.smallest);
  facts.largest = max_over(grid.all(), mine.largest);
  const double sum = sum_over(grid.all(), mine.sum);
  const double scaled_sum = sum_over(grid.all(), mine.scaled_sum);
  const double numbers = static_cast<double>(rows) * static_cast<double>(columns) -
                         static_cast<double>(facts.nan + facts.infinite);
  facts.mean = std::isfinite(sum) ? sum / numbers : scaled_sum / numbers / kScale;
  if (facts.smallest > facts.largest) {
    facts.smallest = facts.largest = facts.mean = std::numeric_limits<double>::quiet_NaN();
  }
  return facts;
}

template MatrixFacts matrix_facts(const ProcessGrid&, Index, Index, const Block<double>&);
template MatrixFacts matrix_facts(const ProcessGrid&, Index, Index, const Block<float>&);

}  // namespace partita
