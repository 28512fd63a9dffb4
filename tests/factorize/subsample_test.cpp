// Starts that are improved on a part of X: which lines that part has, that starts are the same on
// every layout and better, and what is refused.
#include "factorize/start/subsample.hpp"

#include "partita/base/error.hpp"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "comm/collectives.hpp"
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

FactorizeOptions options_for(SubsampleSize subsample, Index restarts = 3) {
  FactorizeOptions options;
  options.components = kComponents;
  options.restarts = restarts;
  options.seed = 5;
  options.subsample = subsample;
  options.stop.max_iterations = 40;
  options.stop.tolerance = 0;
  return options;
}

Matrix sample_of(const Communicator& comm, const JobPlan& plan, const Matrix& X,
                 std::uint64_t seed) {
  const auto spread_X = spread<double>(comm, plan, X);
  return whole_of(Subsample<double>(*spread_X, {.lines = kLines}, seed).matrix());
}

TEST(Subsample, HasOneLineOfEveryStretchAlikeOnEveryLayout) {
  const Communicator world = Communicator::world();
  const Communicator alone = world.split(world.rank());
  for (const bool tall : {true, false}) {
    const Matrix X = noisy(tall);
    const Matrix sample = sample_of(alone, {.groups = 1, .grid = {1, 1}}, X, 7);
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
    EXPECT_NE(sample_of(alone, {.groups = 1, .grid = {1, 1}}, X, 8), sample);
    for (const GridShape grid : grid_shapes(world.size())) {
      const JobPlan plan{.groups = 1, .grid = grid};
      SCOPED_TRACE(name_of(plan));
      EXPECT_EQ(sample_of(world, plan, X, 7), sample);
    }
  }
}

TEST(Subsample, ImprovesStartsAlikeOnEveryLayout) {
  const Communicator world = Communicator::world();
  for (const bool tall : {true, false}) {
    const Matrix X = noisy(tall);
    for (const NnlsKind nnls : {NnlsKind::hals, NnlsKind::bpp}) {
      FactorizeOptions options = options_for({.lines = kLines});
      options.nnls = nnls;
      FactorizeOptions without = options;
      without.subsample = {};
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

/// A part of both rows and columns: the start is zero elsewhere, and the first pass fills it.
TEST(Subsample, OfRowsAndColumnsImprovesStartsAlikeOnEveryLayout) {
  const Communicator world = Communicator::world();
  for (const bool tall : {true, false}) {
    for (const bool sparse : {true, false}) {
      const Matrix X = noisy(tall);
      FactorizeOptions options = options_for({.lines = 40, .across = 10});
      options.penalties = {.l1_A = 0.01, .l1_S = 0.02, .l2_A = 0.01, .l2_S = 0.01};
      FactorizeOptions without = options;
      without.subsample = {};
      const WholeRun plain = run_alone(world, X, without, sparse);
      const WholeRun alone = run_alone(world, X, options, sparse);
      for (std::size_t r = 0; r < plain.restarts.size(); ++r) {
        const auto error_after_two = [&](const WholeRun& found) {
          return found.restarts[r].trace.at(2).relative_error;
        };
        EXPECT_LT(error_after_two(alone), error_after_two(plain));
        EXPECT_LT(error_after_two(alone), 1.15 * alone.restarts[r].relative_error);
      }
      EXPECT_NEAR(alone.best.relative_error, plain_relative_error(X, alone.factors), 1e-12);
      EXPECT_LT(alone.best.relative_error, 1.01 * plain.best.relative_error);
      for (const JobPlan& plan : job_plans(world.size(), options.restarts)) {
        SCOPED_TRACE(name_of(plan) + (tall ? ", tall" : ", wide") + (sparse ? ", sparse" : ""));
        expect_same_traces(run(world, plan, X, options, sparse), alone, 1e-7);
      }
    }
  }
}

TEST(Subsample, StartsAreWhatIsCompressedTooWhereBothAreWished) {
  const Communicator world = Communicator::world();
  const Matrix X = noisy(true);
  FactorizeOptions options = options_for({.lines = kLines});
  options.sketch = 8;
  const WholeRun alone = run_alone(world, X, options);
  EXPECT_LT(alone.best.relative_error,
            1.01 * run_alone(world, X, options_for({})).best.relative_error);
  const JobPlan plan = squarest(world, options.restarts);
  expect_same_traces(run(world, plan, X, options), alone, 1e-6);
}

TEST(Subsample, IsRefusedWhereItDoesNotFit) {
  const auto refused = [](auto change) {
    FactorizeOptions options = options_for({.lines = kLines});
    change(options);
    EXPECT_THROW(validate(options, kLong, kShort), Error);
  };
  EXPECT_NO_THROW(validate(options_for({.lines = kLines}), kLong, kShort));
  EXPECT_NO_THROW(validate(options_for({.lines = kLines, .across = kShort}), kLong, kShort));
  refused([](FactorizeOptions& o) { o.subsample = {.lines = kLong + 1}; });
  refused([](FactorizeOptions& o) { o.subsample = {.lines = kComponents - 1}; });
  refused([](FactorizeOptions& o) { o.subsample = {.lines = -1}; });
  refused([](FactorizeOptions& o) { o.subsample.across = kShort + 1; });
  refused([](FactorizeOptions& o) { o.subsample.across = kComponents - 1; });
  refused([](FactorizeOptions& o) { o.subsample = {.lines = 0, .across = kShort}; });
  refused([](FactorizeOptions& o) { o.init = StartKind::nndsvd; });
  refused([](FactorizeOptions& o) { o.solver = SolverKind::mu; });
  refused([](FactorizeOptions& o) { o.nnls = NnlsKind::clip; });
  refused([](FactorizeOptions& o) { o.schedule = Schedule::random; });
}

}  // namespace
}  // namespace partita::testing
