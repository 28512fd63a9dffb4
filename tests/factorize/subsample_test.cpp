// Starts that are improved on a part of X: which lines that part has, that starts are the same on
// every layout and better, and what is refused.
#include "partita/factorize/subsample.hpp"

#include "partita/base/error.hpp"
#include "partita/comm/collectives.hpp"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/matrices.hpp"

namespace partita::testing {
namespace {

constexpr Index kLong = 90;
constexpr Index kShort = 20;
constexpr Index kComponents = 3;
constexpr Index kLines = 15;

/// Tall, or wide.
Matrix noisy(bool tall) {
  const Matrix X = low_rank_matrix(
      {.rows = kLong, .columns = kShort, .components = kComponents, .noise = 0.1, .seed = 3});
  return tall ? X : Matrix(X.transpose());
}

FactorizeOptions options_for(Index subsample, Index restarts = 3) {
  FactorizeOptions options;
  options.components = kComponents;
  options.restarts = restarts;
  options.seed = 5;
  options.subsample = subsample;
  options.stop.max_iterations = 40;
  options.stop.tolerance = 0;
  return options;
}

/// The whole of a distributed matrix, on every process.
Matrix whole_of(const DistributedMatrix<double>& X) {
  std::vector<double> values(static_cast<std::size_t>(X.rows() * X.columns()), 0.0);
  std::vector<double> row(static_cast<std::size_t>(X.block_columns().size()));
  for (Index i = 0; i < X.block_rows().size(); ++i) {
    X.block().copy_row(i, row);
    const Index first = (X.block_rows().begin + i) * X.columns() + X.block_columns().begin;
    std::ranges::copy(row, values.begin() + first);
  }
  sum_over(X.grid().all(), std::span<double>(values));
  Matrix whole(X.rows(), X.columns());
  for (Index i = 0; i < X.rows(); ++i) {
    for (Index j = 0; j < X.columns(); ++j) {
      whole(i, j) = values[static_cast<std::size_t>(i * X.columns() + j)];
    }
  }
  return whole;
}

Matrix sample_of(const Communicator& comm, const JobPlan& plan, const Matrix& X, bool sparse,
                 std::uint64_t seed) {
  const auto spread_X = spread<double>(comm, plan, X, sparse);
  return whole_of(Subsample<double>(*spread_X, kLines, seed).matrix());
}

TEST(Subsample, HasOneLineOfEveryStretchAlikeOnEveryLayout) {
  const Communicator world = Communicator::world();
  const Communicator alone = world.split(world.rank());
  for (const bool tall : {true, false}) {
    const Matrix X = noisy(tall);
    const Matrix sample = sample_of(alone, {.groups = 1, .grid = {1, 1}}, X, false, 7);
    const Matrix lines = tall ? sample : Matrix(sample.transpose());
    const Matrix all = tall ? X : Matrix(X.transpose());
    ASSERT_EQ(lines.rows(), kLines);
    ASSERT_EQ(lines.cols(), kShort);
    Index off_the_first = 0;
    for (Index t = 0; t < kLines; ++t) {
      const Index begin = t * kLong / kLines;
      Index found = begin;
      while (found < (t + 1) * kLong / kLines && lines.row(t) != all.row(found)) ++found;
      EXPECT_LT(found, (t + 1) * kLong / kLines) << "line " << t << " is none of its stretch";
      if (found != begin) ++off_the_first;
    }
    EXPECT_GT(off_the_first, 0) << "lines are to be drawn";
    EXPECT_NE(sample_of(alone, {.groups = 1, .grid = {1, 1}}, X, false, 8), sample);
    for (const GridShape grid : grid_shapes(world.size())) {
      for (const bool sparse : {false, true}) {
        const JobPlan plan{.groups = 1, .grid = grid};
        SCOPED_TRACE(name_of(plan) + (sparse ? ", sparse" : ", dense"));
        EXPECT_EQ(sample_of(world, plan, X, sparse, 7), sample);
      }
    }
  }
}

TEST(Subsample, ImprovesStartsAlikeOnEveryLayout) {
  const Communicator world = Communicator::world();
  for (const bool tall : {true, false}) {
    const Matrix X = noisy(tall);
    for (const NnlsKind nnls : {NnlsKind::hals, NnlsKind::bpp}) {
      FactorizeOptions options = options_for(kLines);
      options.nnls = nnls;
      FactorizeOptions without = options;
      without.subsample = 0;
      const WholeRun plain = run_alone(world, X, without);
      const WholeRun alone = run_alone(world, X, options);
      for (std::size_t r = 0; r < plain.restarts.size(); ++r) {
        const auto first_error = [&](const WholeRun& found) {
          return found.restarts[r].trace.front().relative_error;
        };
        EXPECT_LT(first_error(alone), 0.5 * first_error(plain));
        EXPECT_GT(alone.restarts[r].trace.front().seconds, 0);
      }
      EXPECT_NEAR(alone.best.relative_error, plain_relative_error(X, alone.factors), 1e-12);
      EXPECT_LT(alone.best.relative_error, 1.01 * plain.best.relative_error);
      for (const JobPlan& plan : job_plans(world.size(), options.restarts)) {
        SCOPED_TRACE(name_of(plan));
        expect_same_traces(run(world, plan, X, options), alone, 1e-7);
      }
    }
  }
}

TEST(Subsample, StartsAreWhatIsCompressedTooWhereBothAreWished) {
  const Communicator world = Communicator::world();
  const Matrix X = noisy(true);
  FactorizeOptions options = options_for(kLines);
  options.sketch = 8;
  const WholeRun alone = run_alone(world, X, options);
  EXPECT_LT(alone.best.relative_error,
            1.01 * run_alone(world, X, options_for(0)).best.relative_error);
  const JobPlan plan = squarest(world, options.restarts);
  expect_same_traces(run(world, plan, X, options), alone, 1e-6);
}

TEST(Subsample, IsRefusedWhereItDoesNotFit) {
  const auto refused = [](auto change) {
    FactorizeOptions options = options_for(kLines);
    change(options);
    EXPECT_THROW(validate(options, kLong, kShort), Error);
  };
  EXPECT_NO_THROW(validate(options_for(kLines), kLong, kShort));
  refused([](FactorizeOptions& o) { o.subsample = kLong + 1; });
  refused([](FactorizeOptions& o) { o.subsample = kComponents - 1; });
  refused([](FactorizeOptions& o) { o.subsample = -1; });
  refused([](FactorizeOptions& o) { o.init = StartKind::nndsvd; });
  refused([](FactorizeOptions& o) { o.solver = SolverKind::mu; });
  refused([](FactorizeOptions& o) { o.nnls = NnlsKind::clip; });
  refused([](FactorizeOptions& o) { o.schedule = Schedule::random; });
}

}  // namespace
}  // namespace partita::testing
