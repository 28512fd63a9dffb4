#include "data/generators.hpp"

#include <cmath>
#include <set>
#include <vector>

#include <Eigen/Dense>
#include <gtest/gtest.h>

namespace partita {
namespace {

Eigen::MatrixXd to_dense(const RowGenerator& generator) {
  Eigen::MatrixXd X = Eigen::MatrixXd::Zero(generator.rows(), generator.columns());
  std::vector<ColumnValue> row;
  for (Index i = 0; i < generator.rows(); ++i) {
    generator.make_row(i, row);
    for (const ColumnValue& entry : row) X(i, entry.column) = entry.value;
  }
  return X;
}

TEST(Generators, FactoryHasRankThreeForEverySeed) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const Eigen::MatrixXd X = to_dense(*make_factory(seed));
    ASSERT_EQ(X.rows(), 12);
    ASSERT_EQ(X.cols(), 10);
    ASSERT_EQ(Eigen::FullPivLU<Eigen::MatrixXd>(X).rank(), 3) << "seed " << seed;
    ASSERT_GE(X.minCoeff(), 0);
  }
}

TEST(Generators, FactorySeedsDiffer) {
  std::set<FactorySwitches> seen;
  for (std::uint64_t seed = 0; seed < 20; ++seed) seen.insert(factory_switches(seed));
  EXPECT_GT(seen.size(), 15U);
}

TEST(Generators, LowRankIsLowRankWithoutNoise) {
  const auto generator =
      make_low_rank({.rows = 60, .columns = 40, .components = 5, .noise = 0, .seed = 3});
  EXPECT_FALSE(generator->is_sparse());
  Eigen::FullPivLU<Eigen::MatrixXd> lu(to_dense(*generator));
  lu.setThreshold(1e-10);
  EXPECT_EQ(lu.rank(), 5);
}

TEST(Generators, LowRankNoiseHasItsShare) {
  LowRankOptions options{.rows = 300, .columns = 200, .components = 16, .noise = 0, .seed = 1};
  const Eigen::MatrixXd clean = to_dense(*make_low_rank(options));
  options.noise = 0.05;
  const Eigen::MatrixXd noisy = to_dense(*make_low_rank(options));
  EXPECT_GE(noisy.minCoeff(), 0);
  EXPECT_NEAR((noisy - clean).norm() / clean.norm(), 0.05, 0.015);
}

TEST(Generators, LowRankDensityThinsEntries) {
  const auto generator = make_low_rank(
      {.rows = 200, .columns = 300, .components = 8, .noise = 0.1, .density = 0.1, .seed = 2});
  EXPECT_TRUE(generator->is_sparse());
  const double kept = (to_dense(*generator).array() > 0).cast<double>().mean();
  EXPECT_NEAR(kept, 0.1, 0.02);
}

TEST(Generators, PowerLawHasAboutItsDensityAndHeavyRowsAndColumns) {
  const auto generator =
      make_power_law({.rows = 2000, .columns = 1500, .topics = 6, .density = 0.02, .seed = 4});
  const Eigen::MatrixXd X = to_dense(*generator);
  const Eigen::ArrayXXd stored = (X.array() > 0).cast<double>();
  EXPECT_NEAR(stored.mean(), 0.02, 0.005);
  EXPECT_GT(stored.rowwise().sum().maxCoeff(), 8 * stored.rowwise().sum().mean());
  EXPECT_GT(stored.colwise().sum().maxCoeff(), 4 * stored.colwise().sum().mean());
}

TEST(Generators, RowsAreAscendingAndComeOutTheSameAgain) {
  const std::vector<std::unique_ptr<RowGenerator>> generators = [] {
    std::vector<std::unique_ptr<RowGenerator>> made;
    made.push_back(make_factory(1));
    made.push_back(make_low_rank({.rows = 20, .columns = 30, .density = 0.3}));
    made.push_back(make_power_law({.rows = 20, .columns = 30, .density = 0.9}));
    made.push_back(make_power_law({.rows = 3, .columns = 1, .topics = 1, .density = 1}));
    return made;
  }();
  for (const auto& generator : generators) {
    std::vector<ColumnValue> first;
    std::vector<ColumnValue> again;
    for (Index i = generator->rows() - 1; i >= 0; --i) {
      generator->make_row(i, first);
      generator->make_row(i, again);
      ASSERT_EQ(first.size(), again.size());
      for (std::size_t e = 0; e < first.size(); ++e) {
        EXPECT_EQ(first[e].column, again[e].column);
        EXPECT_EQ(first[e].value, again[e].value);
        EXPECT_TRUE(first[e].column >= 0 && first[e].column < generator->columns());
        if (e > 0) {
          EXPECT_GT(first[e].column, first[e - 1].column);
        }
      }
    }
  }
}

}  // namespace
}  // namespace partita
