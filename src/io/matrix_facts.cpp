#include "partita/io/matrix_facts.hpp"

#include "partita/comm/collectives.hpp"
#include "partita/data/sparse_block.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace partita {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kScale = 0x1p-256;

/// Facts of one block; non-zeros by local row and column.
struct BlockFacts {
  std::vector<Index> row_nonzeros;
  std::vector<Index> column_nonzeros;
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
    ++row_nonzeros[static_cast<std::size_t>(row)];
    ++column_nonzeros[static_cast<std::size_t>(column)];
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
  BlockFacts facts;
  facts.row_nonzeros.resize(static_cast<std::size_t>(block.rows()));
  facts.column_nonzeros.resize(static_cast<std::size_t>(block.columns()));
  if (const auto* sparse = dynamic_cast<const SparseBlock<Real>*>(&block)) {
    sparse->for_each_entry(
        [&](Index i, Index j, Real value) { facts.see(i, j, static_cast<double>(value)); });
    const bool has_unstored = block.stored() < block.rows() * block.columns();
    if (has_unstored) facts.see(0, 0, 0);
    return facts;
  }
  std::vector<Real> row(static_cast<std::size_t>(block.columns()));
  for (Index i = 0; i < block.rows(); ++i) {
    block.copy_row(i, row);
    for (Index j = 0; j < block.columns(); ++j) {
      facts.see(i, j, static_cast<double>(row[static_cast<std::size_t>(j)]));
    }
  }
  return facts;
}

/// Zeros in `counts` summed over `same`, counted once for the whole of `same`.
Index empty_lines(const Communicator& same, std::vector<Index> counts) {
  sum_over(same, std::span<Index>(counts));
  return same.is_root() ? static_cast<Index>(std::ranges::count(counts, Index{0})) : 0;
}

}  // namespace

template <class Real>
MatrixFacts matrix_facts(const ProcessGrid& grid, Index rows, Index columns,
                         const Block<Real>& block) {
  const BlockFacts mine = facts_of(block);
  std::array<Index, 7> counts{block.stored(),
                              mine.nonzeros,
                              mine.negative,
                              mine.nan,
                              mine.infinite,
                              empty_lines(grid.same_row(), mine.row_nonzeros),
                              empty_lines(grid.same_column(), mine.column_nonzeros)};
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
