// Restarts that run on a compressed X first: what is compressed, and that the end is exact.
#include "partita/base/error.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "factorize/matrix/compressed_matrix.hpp"
#include "factorize/solve/run_control.hpp"
#include "support/matrices.hpp"

namespace partita::testing {
namespace {

constexpr Index kRows = 45;
constexpr Index kColumns = 33;
constexpr Index kComponents = 3;
constexpr Index kRestarts = 5;
/// Iterations that are always on X itself.
constexpr Index kPolish = kPassesOfWindow;

Matrix noisy(double noise = 0.2) {
  return low_rank_matrix(
      {.rows = kRows, .columns = kColumns, .components = kComponents, .noise = noise, .seed = 3});
}

FactorizeOptions options_for(Index sketch, Index iterations = 40) {
  FactorizeOptions options;
  options.components = kComponents;
  options.restarts = kRestarts;
  options.seed = 5;
  options.sketch = sketch;
  options.stop.max_iterations = iterations;
  options.stop.tolerance = 0;
  return options;
}

double trace_error(const WholeRun& run, std::size_t restart, Index iteration) {
  return run.restarts[restart].trace.at(static_cast<std::size_t>(iteration)).relative_error;
}

template <class Real>
class Compressed : public ::testing::Test {};
using Reals = ::testing::Types<double, float>;
TYPED_TEST_SUITE(Compressed, Reals);

/// X without noise has rank 3: any sketch of at least that rank is X again.
TYPED_TEST(Compressed, IsTheMatrixWhereTheRankIsLow) {
  using Real = TypeParam;
  const Communicator world = Communicator::world();
  const Matrix X = noisy(0);
  const double tolerance = (std::is_same_v<Real, float> ? 1e-5 : 1e-11) * X.maxCoeff();
  for (const JobPlan& plan : job_plans(world.size(), 1)) {
    if (plan.groups > 1) continue;
    SCOPED_TRACE(name_of(plan));
    const auto exact = spread<Real>(world, plan, X);
    const DistributedMatrix<Real> compressed = compress(*exact, 8, 1);
    EXPECT_EQ(compressed.squared_norm(), exact->squared_norm());
    EXPECT_EQ(compressed.stored(), 8 * (kRows + kColumns));
    const Range rows = compressed.block_rows();
    const Range columns = compressed.block_columns();
    std::vector<Real> column(static_cast<std::size_t>(rows.size()));
    for (Index j = 0; j < columns.size(); ++j) {
      copy_column(compressed.block(), j, std::span(column));
      for (Index i = 0; i < rows.size(); ++i) {
        EXPECT_NEAR(static_cast<double>(column[static_cast<std::size_t>(i)]),
                    X(rows.begin + i, columns.begin + j), tolerance);
      }
    }
  }
}

/// A sketch as wide as X loses nothing, so an exact solver goes the same way, up to the change to X
/// itself. (HALS makes as many sweeps as a product is worth, fewer on a sketch.)
TEST(Sketch, OfFullRankChangesNothing) {
  const Communicator world = Communicator::world();
  const auto options = [](Index sketch) {
    FactorizeOptions exact = options_for(sketch);
    exact.nnls = NnlsKind::bpp;
    return exact;
  };
  const WholeRun plain = run_alone(world, noisy(), options(0));
  for (const JobPlan& plan : job_plans(world.size(), kRestarts)) {
    SCOPED_TRACE(name_of(plan));
    const WholeRun sketched = run(world, plan, noisy(), options(kColumns));
    ASSERT_EQ(sketched.restarts.size(), plain.restarts.size());
    for (std::size_t r = 0; r < plain.restarts.size(); ++r) {
      for (Index t = 0; t <= 40 - kPolish; ++t) {
        const double error = trace_error(plain, r, t);
        EXPECT_NEAR(trace_error(sketched, r, t), error, 1e-8 * error) << r << ", " << t;
      }
    }
  }
}

TEST(Sketch, EndsOnTheExactMatrixTheSameOnEveryLayout) {
  const Communicator world = Communicator::world();
  const WholeRun alone = run_alone(world, noisy(), options_for(8));
  for (const JobPlan& plan : job_plans(world.size(), kRestarts)) {
    SCOPED_TRACE(name_of(plan));
    const WholeRun sketched = run(world, plan, noisy(), options_for(8));
    expect_same_traces(sketched, alone, 1e-8);
    const double exact = plain_relative_error(noisy(), sketched.factors);
    EXPECT_NEAR(sketched.best.relative_error, exact, 1e-12);
    EXPECT_GE(sketched.factors.A.minCoeff(), 0);
    EXPECT_GE(sketched.factors.S.minCoeff(), 0);
    for (std::size_t r = 0; r < sketched.restarts.size(); ++r) {
      const RestartResult& result = sketched.restarts[r];
      EXPECT_EQ(result.iterations, 40);
      EXPECT_NEAR(result.trace.back().relative_error, result.relative_error, 1e-12);
      for (Index t = 40 - kPolish + 1; t <= 40; ++t) {
        EXPECT_LE(trace_error(sketched, r, t), trace_error(sketched, r, t - 1) * (1 + 1e-12))
            << "the error on X itself never rises";
      }
    }
  }
}

TEST(Sketch, LeavesShortRunsToTheMatrixItself) {
  const Communicator world = Communicator::world();
  const JobPlan plan = squarest(world, kRestarts);
  const WholeRun plain = run(world, plan, noisy(), options_for(0, kPolish));
  expect_same_traces(run(world, plan, noisy(), options_for(8, kPolish)), plain, 1e-8);
}

TEST(Sketch, ARaceIsDecidedOnItAndItsWinnersArePolished) {
  const Communicator world = Communicator::world();
  FactorizeOptions options = options_for(8);
  options.restarts = 9;
  options.race = true;
  const WholeRun alone = run_alone(world, noisy(), options);
  for (const JobPlan& plan : job_plans(world.size(), 9)) {
    SCOPED_TRACE(name_of(plan));
    const WholeRun raced = run(world, plan, noisy(), options);
    expect_same_traces(raced, alone, 1e-8);
    EXPECT_NEAR(plain_relative_error(noisy(), raced.factors), raced.best.relative_error, 1e-12);
    Index dropped = 0;
    for (const RestartResult& r : raced.restarts) {
      dropped += r.stop == StopReason::dropped ? 1 : 0;
      if (r.stop != StopReason::dropped) {
        EXPECT_EQ(r.iterations, 40);
      }
    }
    EXPECT_EQ(dropped, 7);
  }
}

TEST(Sketch, IsRefusedWhereProductsAreNotEnough) {
  FactorizeOptions options = options_for(8);
  const auto refused = [&] {
    try {
      validate(options, kRows, kColumns);
    } catch (const Error& error) {
      return error.kind() == ErrorKind::usage;
    }
    return false;
  };
  EXPECT_FALSE(refused());
  options.solver = SolverKind::mu;
  EXPECT_TRUE(refused());
  options.solver = SolverKind::kaczmarz;
  EXPECT_TRUE(refused());
  options.solver = SolverKind::als;
  options.schedule = Schedule::random;
  EXPECT_TRUE(refused());
  options.schedule = Schedule::sweep;
  options.sketch = kColumns + 1;
  EXPECT_TRUE(refused());
}

}  // namespace
}  // namespace partita::testing
