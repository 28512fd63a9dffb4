#include "partita/io/spread/placement.hpp"

#include <gtest/gtest.h>

namespace partita::testing {
namespace {

std::vector<int> holders(const Placement& placement, Index row, Index column) {
  Placement::Finder finder(placement);
  const auto found = finder.holders(row, column);
  return {found.begin(), found.end()};
}

TEST(Placement, GroupsHoldCopies) {
  const JobPlan plan{.groups = 3, .grid = {2, 3}, .restarts = 2};
  const MatrixLayout layout(11, 7, plan.grid);
  // one process is in no group
  const Placement placement = place_blocks(plan, layout, std::vector<int>(19, 1));
  EXPECT_EQ(placement.copies(), 2);
  Placement::Finder finder(placement);
  for (Index i = 0; i < 11; ++i) {
    for (Index j = 6; j >= 0; --j) {
      const auto owner = static_cast<int>(layout.owner({i}, {j}));
      const auto found = finder.holders(i, j);
      ASSERT_EQ(std::vector<int>(found.begin(), found.end()), (std::vector<int>{owner, owner + 6}));
    }
  }
  for (const int idle : {12, 17, 18}) EXPECT_TRUE(placement.part(idle).empty());
}

TEST(Placement, OnlyHoldersOfAShareAsk) {
  const JobPlan plan{.groups = 2, .grid = {1, 2}, .restarts = 2};
  const Placement placement =
      place_blocks(plan, MatrixLayout(4, 4, plan.grid), std::vector<int>{1, 0, 0, 1});
  EXPECT_EQ(holders(placement, 0, 0), std::vector<int>{0});
  EXPECT_EQ(holders(placement, 0, 3), std::vector<int>{3});
  EXPECT_EQ(placement.copies(), 1);
}

TEST(Placement, OverlapsAndGaps) {
  const Placement placement({{{0, 4}, {0, 2}}, {{2, 6}, {0, 2}}, {}, {{8, 9}, {0, 2}}});
  EXPECT_EQ(holders(placement, 0, 0), std::vector<int>{0});
  EXPECT_EQ(holders(placement, 3, 1), (std::vector<int>{0, 1}));
  EXPECT_EQ(holders(placement, 5, 1), std::vector<int>{1});
  EXPECT_TRUE(holders(placement, 7, 1).empty());
  EXPECT_EQ(holders(placement, 8, 1), std::vector<int>{3});
  EXPECT_TRUE(holders(placement, 9, 0).empty());
  EXPECT_TRUE(holders(placement, 0, 2).empty());
  EXPECT_EQ(placement.copies(), 2);
}

TEST(Placement, NobodyAsks) {
  const Placement placement(std::vector<Part>(3));
  EXPECT_TRUE(holders(placement, 0, 0).empty());
  EXPECT_EQ(placement.copies(), 0);
}

TEST(Placement, ManyProcesses) {
  const JobPlan plan{.groups = 10, .grid = {100, 100}, .restarts = 10};
  const MatrixLayout layout(1'000'000, 50, plan.grid);  // half of the grid columns are empty
  const Placement placement = place_blocks(plan, layout, std::vector<int>(100'000, 1));
  EXPECT_EQ(placement.copies(), 10);
  EXPECT_EQ(holders(placement, 999'999, 49).front(), layout.owner({999'999}, {49}));
}

}  // namespace
}  // namespace partita::testing
