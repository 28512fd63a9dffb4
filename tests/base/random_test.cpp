// Philox against the known answers of Random123, and the fields of random numbers made from it.
#include "base/random.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace partita {
namespace {

using Words = std::array<std::uint32_t, 4>;

TEST(Philox, KnownAnswers) {
  constexpr std::uint32_t kOnes = 0xffffffff;
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}),
            (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({kOnes, kOnes, kOnes, kOnes}, {kOnes, kOnes}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RandomField, IsAFunctionOfPosition) {
  const RandomField field(17, Purpose::start_A, 3);
  const RandomField same(17, Purpose::start_A, 3);
  EXPECT_EQ(field.uniform(5, 9), same.uniform(5, 9));
  EXPECT_EQ(field.index(5, 9, 1000), same.index(5, 9, 1000));
  EXPECT_EQ(field.normal(5, 9), same.normal(5, 9));
}

TEST(RandomField, ManyPositionsHaveNumbersOfTheirOwn) {
  const RandomField field(1, Purpose::start_A);
  std::set<double> seen;
  const std::vector<Index> positions{0,
                                     1,
                                     2,
                                     65535,
                                     65536,
                                     Index{1} << 31,
                                     Index{1} << 32,
                                     (Index{1} << 32) + 1,
                                     (Index{1} << 48) - 1};
  for (const Index row : positions) {
    for (const Index column : positions) seen.insert(field.uniform(row, column));
  }
  EXPECT_EQ(seen.size(), positions.size() * positions.size());
}

TEST(RandomField, SeedsRestartsAndPurposesDiffer) {
  std::set<double> seen;
  std::size_t asked = 0;
  for (const std::uint64_t seed :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 32, ~std::uint64_t{0}}) {
    for (const Index restart : {Index{0}, Index{1}, (Index{1} << 24) - 1, Index{1} << 24,
                                (Index{1} << 24) + 1, Index{1} << 32, (Index{1} << 32) + 1,
                                Index{1} << 56, std::numeric_limits<Index>::max()}) {
      for (int purpose = static_cast<int>(Purpose::start_A);
           purpose <= static_cast<int>(Purpose::sparse_value); ++purpose) {
        seen.insert(RandomField(seed, static_cast<Purpose>(purpose), restart).uniform(4, 2));
        ++asked;
      }
    }
  }
  EXPECT_EQ(seen.size(), asked);
}

TEST(RandomField, UniformMoments) {
  const RandomField field(2, Purpose::start_S);
  constexpr Index kCount = 200000;
  double sum = 0;
  double squares = 0;
  for (Index i = 0; i < kCount; ++i) {
    const double u = field.uniform(i % 447, i / 447);
    ASSERT_GT(u, 0);
    ASSERT_LT(u, 1);
    sum += u - 0.5;
    squares += (u - 0.5) * (u - 0.5);
  }
  // Five standard errors: sqrt(1/12 / count) for the mean, sqrt(1/180 / count) for the variance.
  EXPECT_NEAR(sum / kCount, 0, 5 * std::sqrt(1.0 / 12 / kCount));
  EXPECT_NEAR(squares / kCount, 1.0 / 12, 5 * std::sqrt(1.0 / 180 / kCount));
}

TEST(RandomField, NormalMoments) {
  const RandomField field(3, Purpose::lowrank_noise);
  constexpr Index kCount = 200000;
  double sum = 0;
  double squares = 0;
  double cubes = 0;
  for (Index i = 0; i < kCount; ++i) {
    const double z = field.normal(i, 7);
    ASSERT_TRUE(std::isfinite(z));
    sum += z;
    squares += z * z;
    cubes += z * z * z;
  }
  EXPECT_NEAR(sum / kCount, 0, 5 * std::sqrt(1.0 / kCount));
  EXPECT_NEAR(squares / kCount, 1, 5 * std::sqrt(2.0 / kCount));
  EXPECT_NEAR(cubes / kCount, 0, 5 * std::sqrt(15.0 / kCount));
}

TEST(RandomField, IndexFillsItsBoundsEvenly) {
  const RandomField field(4, Purpose::draw_row);
  constexpr Index kBound = 7;
  constexpr Index kCount = 70000;
  std::array<Index, kBound> hits{};
  for (Index i = 0; i < kCount; ++i) {
    const Index drawn = field.index(i, 0, kBound);
    ASSERT_GE(drawn, 0);
    ASSERT_LT(drawn, kBound);
    ++hits[static_cast<std::size_t>(drawn)];
  }
  double chi_squared = 0;
  for (const Index count : hits) {
    const double excess = static_cast<double>(count) - double{kCount} / kBound;
    chi_squared += excess * excess / (double{kCount} / kBound);
  }
  EXPECT_LT(chi_squared, 30) << "six degrees of freedom";
  EXPECT_EQ(field.index(0, 0, 1), 0);
  constexpr Index kHuge = Index{1} << 62;
  Index largest = 0;
  for (Index i = 0; i < 100; ++i) {
    const Index drawn = field.index(i, 1, kHuge);
    ASSERT_GE(drawn, 0);
    ASSERT_LT(drawn, kHuge);
    largest = std::max(largest, drawn);
  }
  EXPECT_GT(largest, kHuge / 2);
}

TEST(RandomField, NeighboursAndPurposesDoNotCorrelate) {
  const RandomField a(5, Purpose::draw_column);
  const RandomField b(5, Purpose::draw_row);
  const RandomField other_restart(5, Purpose::draw_column, 1);
  constexpr Index kCount = 50000;
  const auto expect_independent = [&](const char* what, auto&& pair) {
    double product = 0;
    for (Index i = 0; i < kCount; ++i) {
      const auto [u, v] = pair(i);
      product += 12 * (u - 0.5) * (v - 0.5);
    }
    EXPECT_NEAR(product / kCount, 0, 5 / std::sqrt(double{kCount})) << what;
  };
  expect_independent("purposes",
                     [&](Index i) { return std::pair(a.uniform(i, 0), b.uniform(i, 0)); });
  expect_independent(
      "restarts", [&](Index i) { return std::pair(a.uniform(i, 0), other_restart.uniform(i, 0)); });
  expect_independent("rows",
                     [&](Index i) { return std::pair(a.uniform(i, 0), a.uniform(i + 1, 0)); });
  expect_independent("columns",
                     [&](Index i) { return std::pair(a.uniform(i, 0), a.uniform(i, 1)); });
  expect_independent("transposed",
                     [&](Index i) { return std::pair(a.uniform(i, 1), a.uniform(1, i + 2)); });
}

}  // namespace
}  // namespace partita
