// Chosen rows and columns of X: what is drawn, and that what is cut out is what X has there.
#include "factorize/matrix/submatrix.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "comm/collectives.hpp"
#include "support/matrices.hpp"

namespace partita::testing {
namespace {

constexpr Index kRows = 50;
constexpr Index kColumns = 23;

/// About a third is stored; row 3 is heavy, row 4 and column 5 are empty.
Matrix example() {
  Matrix X = Matrix::Zero(kRows, kColumns);
  for (Index i = 0; i < kRows; ++i) {
    for (Index j = 0; j < kColumns; ++j) {
      if ((i * 7 + j * 5) % 3 != 0 || i == 4 || j == 5) continue;
      X(i, j) = (i == 3 ? 40.0 : 1.0) + static_cast<double>((i * 13 + j * 29) % 31) / 8;
    }
  }
  return X;
}

std::vector<Index> lines_of(const ChosenLines& chosen) {
  std::vector<Index> lines;
  for (Index place = 0; place < chosen.count(); ++place) lines.push_back(chosen.line(place));
  return lines;
}

RandomField field(std::uint64_t seed) {
  return {seed, Purpose::subsample};
}

TEST(ChosenLines, KnowTheirPlacesInARange) {
  const ChosenLines some({2, 3, 7, 9}, 0.5);
  EXPECT_EQ(some.places_in({3, 9}), (Range{1, 3}));
  EXPECT_EQ(some.places_in({4, 7}), (Range{2, 2}));
  EXPECT_EQ(some.places_in({0, 20}), (Range{0, 4}));
  const ChosenLines all(20);
  EXPECT_EQ(all.count(), 20);
  EXPECT_EQ(all.places_in({4, 7}), (Range{4, 7}));
}

TEST(DrawByNorm, IsAlikeOnEveryLayout) {
  const Communicator world = Communicator::world();
  const Communicator alone = world.split(world.rank());
  const Matrix X = example();
  const auto here = spread<double>(alone, {.groups = 1, .grid = {1, 1}}, X, true);
  for (const Side side : {Side::A, Side::S}) {
    const ChosenLines expected = draw_by_norm(*here, side, 12, field(1));
    EXPECT_TRUE(std::ranges::is_sorted(lines_of(expected)));
    EXPECT_NE(lines_of(draw_by_norm(*here, side, 12, field(2))), lines_of(expected));
    for (const GridShape grid : grid_shapes(world.size())) {
      const auto spread_X = spread<double>(world, {.groups = 1, .grid = grid}, X, true);
      const ChosenLines drawn = draw_by_norm(*spread_X, side, 12, field(1));
      EXPECT_EQ(lines_of(drawn), lines_of(expected));
      EXPECT_NEAR(drawn.share(), expected.share(), 1e-12);
    }
  }
}

/// Chances in proportion to squared norms, but none above one: over many draws each line comes as
/// often as its chance says, to within five standard deviations.
TEST(DrawByNorm, GoesBySquaredNorms) {
  const Communicator world = Communicator::world();
  const Communicator alone = world.split(world.rank());
  const Matrix X = example();
  const auto here = spread<double>(alone, {.groups = 1, .grid = {1, 1}}, X, true);
  constexpr int kDraws = 400;
  constexpr Index kExpected = 10;
  std::vector<int> times(kRows, 0);
  for (int draw = 0; draw < kDraws; ++draw) {
    const ChosenLines drawn = draw_by_norm(*here, Side::A, kExpected, field(std::uint64_t(draw)));
    double norm = 0;
    for (const Index line : lines_of(drawn)) {
      ++times[std::size_t(line)];
      norm += X.row(line).squaredNorm();
    }
    ASSERT_NEAR(drawn.share(), norm / X.squaredNorm(), 1e-12);
  }
  EXPECT_EQ(times[3], kDraws) << "more than its share: certain";
  EXPECT_EQ(times[4], 0) << "empty";
  const double rest = X.squaredNorm() - X.row(3).squaredNorm();
  for (Index i = 0; i < kRows; ++i) {
    if (i == 3) continue;
    const double chance = (kExpected - 1) * X.row(i).squaredNorm() / rest;
    ASSERT_LT(chance, 1);
    EXPECT_NEAR(times[std::size_t(i)], kDraws * chance,
                5 * std::sqrt(kDraws * chance * (1 - chance)))
        << "row " << i;
  }
}

TEST(DrawByNorm, TakesAllThereAreWhenMoreAreWanted) {
  const Communicator world = Communicator::world();
  const auto X = spread<double>(world, {.groups = 1, .grid = {world.size(), 1}}, example(), true);
  EXPECT_EQ(draw_by_norm(*X, Side::A, kRows, field(0)).count(), kRows - 1)
      << "all but the empty row";
  EXPECT_EQ(draw_by_norm(*X, Side::S, kColumns, field(0)).count(), kColumns - 1);
}

TEST(Submatrix, HasWhatXHasThere) {
  const Communicator world = Communicator::world();
  const Matrix X = example();
  const std::vector<Index> rows{0, 1, 3, 4, 17, 18, 30, 48, 49};
  const std::vector<Index> columns{2, 5, 6, 7, 20, 22};
  const ChosenLines some_rows(rows, 0.2);
  const ChosenLines some_columns(columns, 0.2);
  for (const GridShape grid : grid_shapes(world.size())) {
    for (const bool sparse : {true, false}) {
      const JobPlan plan{.groups = 1, .grid = grid};
      SCOPED_TRACE(name_of(plan) + (sparse ? ", sparse" : ", dense"));
      const auto spread_X = spread<double>(world, plan, X, sparse);
      const auto cut = [&](const ChosenLines& r, const ChosenLines& c) {
        const DistributedMatrix<double> part = submatrix(*spread_X, r, c);
        EXPECT_EQ(part.block().is_sparse(), sparse);
        return whole_of(part);
      };
      EXPECT_EQ(cut(some_rows, some_columns), Matrix(X(rows, columns)));
      EXPECT_EQ(cut(some_rows, ChosenLines(kColumns)), Matrix(X(rows, Eigen::all)));
      EXPECT_EQ(cut(ChosenLines(kRows), some_columns), Matrix(X(Eigen::all, columns)));
      EXPECT_EQ(cut(ChosenLines({}, 0), some_columns).size(), 0);
    }
  }
}

}  // namespace
}  // namespace partita::testing
