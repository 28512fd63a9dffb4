// Who owns what, for as many as 100,000 processes: arithmetic only.
#include "partita/base/error.hpp"
#include "partita/layout/block_distribution.hpp"
#include "partita/layout/matrix_layout.hpp"

#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace partita {
namespace {

constexpr Index kProcesses = 100000;

/// Ranges follow each other without a gap from 0 to the extent, sizes differ by one at most.
void expect_cover(const BlockDistribution& d) {
  Index next = 0;
  const Index least = d.extent() / d.parts();
  for (Index part = 0; part < d.parts(); ++part) {
    const Range range = d.range(part);
    ASSERT_EQ(range.begin, next);
    ASSERT_GE(range.size(), least);
    ASSERT_LE(range.size(), least + 1);
    next = range.end;
  }
  EXPECT_EQ(next, d.extent());
}

/// Owner, local and global positions undo each other at both ends of every part.
void expect_inverse(const BlockDistribution& d) {
  for (Index part = 0; part < d.parts(); ++part) {
    const Range range = d.range(part);
    if (range.empty()) continue;
    for (const Index i : {range.begin, (range.begin + range.end) / 2, range.end - 1}) {
      ASSERT_EQ(d.owner({i}), part);
      ASSERT_EQ(d.to_local({i}), i - range.begin);
      ASSERT_EQ(d.to_global(part, i - range.begin), GlobalIndex{i});
    }
  }
}

TEST(BlockDistribution, CoversEveryIndexOnce) {
  for (const Index extent : {Index{0}, Index{1}, Index{7}, Index{99999}, Index{100000},
                             Index{1234567}, Index{3} << 40}) {
    for (const Index parts : {Index{1}, Index{2}, Index{3}, Index{97}, kProcesses}) {
      SCOPED_TRACE(std::to_string(extent) + " in " + std::to_string(parts));
      const BlockDistribution d(extent, parts);
      expect_cover(d);
      expect_inverse(d);
    }
  }
}

TEST(BlockDistribution, MorePartsThanIndicesLeaveTheLastEmpty) {
  const BlockDistribution d(3, 5);
  EXPECT_EQ(d.range(2), (Range{2, 3}));
  EXPECT_TRUE(d.range(3).empty());
  EXPECT_TRUE(d.range(4).empty());
}

TEST(BlockDistribution, RefusesNonsense) {
  EXPECT_THROW(BlockDistribution(-1, 2), Error);
  EXPECT_THROW(BlockDistribution(5, 0), Error);
}

TEST(MatrixLayout, EveryEntryHasOneBlock) {
  for (const GridShape grid : {GridShape{1, 1}, {1, 6}, {6, 1}, {2, 3}, {3, 2}, {7, 5}}) {
    for (const auto& [rows, columns] : {std::array<Index, 2>{11, 8}, {2, 30}, {40, 1}}) {
      const MatrixLayout layout(rows, columns, grid);
      for (Index i = 0; i < rows; ++i) {
        for (Index j = 0; j < columns; ++j) {
          Index holders = 0;
          for (Index p = 0; p < grid.processes(); ++p) {
            if (!layout.block_rows(p).contains(i) || !layout.block_columns(p).contains(j)) continue;
            ++holders;
            ASSERT_EQ(layout.owner({i}, {j}), p);
          }
          ASSERT_EQ(holders, 1);
        }
      }
    }
  }
}

/// Rows of A (columns of S) are owned once, by a process whose block they cross.
void expect_factors_owned_once(const MatrixLayout& layout) {
  std::vector<int> rows(static_cast<std::size_t>(layout.rows()), 0);
  std::vector<int> columns(static_cast<std::size_t>(layout.columns()), 0);
  for (Index p = 0; p < layout.grid().processes(); ++p) {
    const Range mine = layout.factor_rows(p);
    const Range my_columns = layout.factor_columns(p);
    for (Index i = mine.begin; i < mine.end; ++i) {
      ASSERT_TRUE(layout.block_rows(p).contains(i));
      ++rows[static_cast<std::size_t>(i)];
    }
    for (Index j = my_columns.begin; j < my_columns.end; ++j) {
      ASSERT_TRUE(layout.block_columns(p).contains(j));
      ++columns[static_cast<std::size_t>(j)];
    }
  }
  for (const int owners : rows) ASSERT_EQ(owners, 1);
  for (const int owners : columns) ASSERT_EQ(owners, 1);
}

TEST(MatrixLayout, FactorsAreOwnedOnce) {
  for (const GridShape grid : {GridShape{1, 1},
                               {1, 4},
                               {4, 1},
                               {2, 2},
                               {2, 3},
                               {5, 3},
                               {1, kProcesses},
                               {kProcesses, 1},
                               {250, 400},
                               {400, 250}}) {
    expect_factors_owned_once(MatrixLayout(1003, 777, grid));
    expect_factors_owned_once(MatrixLayout(2, 100003, grid));
  }
}

TEST(MatrixLayout, HundredThousandProcesses) {
  const Index rows = Index{5} << 33;
  const Index columns = 70001;
  const MatrixLayout layout(rows, columns, {500, 200});
  Index entries = 0;
  Index owned_rows = 0;
  Index owned_columns = 0;
  for (Index p = 0; p < kProcesses; ++p) {
    entries += layout.block_rows(p).size() * layout.block_columns(p).size();
    owned_rows += layout.factor_rows(p).size();
    owned_columns += layout.factor_columns(p).size();
    ASSERT_EQ(layout.owner({layout.block_rows(p).begin}, {layout.block_columns(p).end - 1}), p);
  }
  EXPECT_EQ(entries, rows * columns);
  EXPECT_EQ(owned_rows, rows);
  EXPECT_EQ(owned_columns, columns);
}

}  // namespace
}  // namespace partita
