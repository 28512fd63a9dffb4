// What a run gives back is what it says, runs end when they should, and every solver reaches the
// quality that it promises. That layouts agree is shown in sweep_test.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <Eigen/SVD>
#include <gtest/gtest.h>

#include "support/matrices.hpp"

namespace partita::testing {
namespace {

constexpr Index kRows = 37;
constexpr Index kColumns = 26;
constexpr Index kComponents = 4;

Matrix noisy(double density = 1) {
  return low_rank_matrix({.rows = kRows,
                          .columns = kColumns,
                          .components = kComponents,
                          .noise = 0.2,
                          .density = density,
                          .seed = 3});
}

FactorizeOptions options_for(Index iterations, Index restarts = 1) {
  FactorizeOptions options;
  options.components = kComponents;
  options.restarts = restarts;
  options.seed = 11;
  options.stop.max_iterations = iterations;
  options.stop.tolerance = 0;
  return options;
}

void expect_monotone(const ErrorTrace& trace) {
  for (std::size_t t = 1; t < trace.size(); ++t) {
    EXPECT_LE(trace[t].relative_error, trace[t - 1].relative_error * (1 + 1e-12)) << t;
  }
}

TEST(Results, AreWhatTheySay) {
  const Communicator world = Communicator::world();
  for (const bool sparse : {false, true}) {
    const Matrix X = noisy(sparse ? 0.4 : 1);
    const WholeRun found = run(world, squarest(world, 5), X, options_for(40, 5), sparse);
    ASSERT_EQ(found.restarts.size(), 5U);
    for (const RestartResult& r : found.restarts) {
      EXPECT_EQ(r.trace.front().iteration, 0);
      EXPECT_EQ(r.trace.size(), static_cast<std::size_t>(r.iterations + 1));
      expect_monotone(r.trace);
      EXPECT_NEAR(r.relative_error, r.trace.back().relative_error, 1e-9);
    }
    const double plain = plain_relative_error(X, found.factors);
    EXPECT_NEAR(found.best.relative_error, plain, 1e-12 * plain);
    EXPECT_GE(found.factors.A.minCoeff(), 0);
    EXPECT_GE(found.factors.S.minCoeff(), 0);
    double last_mass = std::numeric_limits<double>::infinity();
    for (Index j = 0; j < kComponents; ++j) {
      const double a = found.factors.A.col(j).norm();
      const double s = found.factors.S.col(j).norm();
      EXPECT_NEAR(a, s, 1e-12 * a);
      EXPECT_LE(a * s, last_mass * (1 + 1e-12));
      last_mass = a * s;
    }
  }
}

TEST(Results, BestRestartIsComparedNotTheLast) {
  const Communicator world = Communicator::world();
  bool last_is_not_best = false;
  for (const std::uint64_t seed : {1, 2, 3}) {
    FactorizeOptions options = options_for(12, 5);
    options.seed = seed;
    for (const JobPlan& plan : job_plans(world.size(), 5)) {
      const WholeRun found = run(world, plan, noisy(), options);
      const auto least =
          std::ranges::min_element(found.restarts, {}, &RestartResult::relative_error);
      EXPECT_EQ(found.best.restart, least->restart);
      EXPECT_EQ(found.best.relative_error, least->relative_error);
      last_is_not_best = last_is_not_best || least->restart != found.restarts.back().restart;
    }
  }
  EXPECT_TRUE(last_is_not_best);
}

TEST(Results, RestartsHaveTracesOfTheirOwn) {
  const Communicator world = Communicator::world();
  const WholeRun found = run(world, squarest(world, 4), noisy(), options_for(8, 4));
  for (std::size_t a = 0; a < 4; ++a) {
    for (std::size_t b = a + 1; b < 4; ++b) {
      EXPECT_NE(found.restarts[a].trace[3].relative_error,
                found.restarts[b].trace[3].relative_error);
    }
  }
}

TEST(Results, RestartDoesNotDependOnTheOthers) {
  const Communicator world = Communicator::world();
  const WholeRun all = run(world, squarest(world, 4), noisy(), options_for(10, 4));
  FactorizeOptions only_third = options_for(10, 1);
  only_third.first_restart = 2;
  const WholeRun alone = run(world, squarest(world, 1), noisy(), only_third);
  ASSERT_EQ(alone.restarts.size(), 1U);
  EXPECT_EQ(alone.restarts[0].restart, 2);
  EXPECT_NEAR(alone.restarts[0].relative_error, all.restarts[2].relative_error, 1e-10);
}

TEST(BestOf, SmallestFiniteErrorThenSmallestNumber) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<RestartResult> results(4);
  const std::array errors{nan, 0.5, 0.25, 0.25};
  for (std::size_t r = 0; r < 4; ++r) {
    results[r].restart = static_cast<Index>(r);
    results[r].objective = errors[r];
  }
  EXPECT_EQ(best_of(results), 2);
  results[2].stop = StopReason::diverged;
  EXPECT_EQ(best_of(results), 3) << "a diverged one comes last";
  results[2].stop = StopReason::converged;
  results[1].objective = 0.25 + 1e-15;
  EXPECT_EQ(best_of(results, std::numeric_limits<double>::epsilon()), 1)
      << "a tie but for rounding";
  for (auto& result : results) result.objective = nan;
  EXPECT_EQ(best_of(results), -1);
  EXPECT_EQ(best_of({}), -1);
}

TEST(Stopping, ToleranceEndsARunAsConverged) {
  const Communicator world = Communicator::world();
  FactorizeOptions options = options_for(2000);
  options.stop.tolerance = 1e-3;
  const WholeRun found = run(world, squarest(world, 1), noisy(), options);
  EXPECT_EQ(found.best.stop, StopReason::converged);
  const ErrorTrace& trace = found.restarts[0].trace;
  ASSERT_GT(trace.size(), 11U);
  const double fall = trace[trace.size() - 11].relative_error - trace.back().relative_error;
  EXPECT_LT(fall, 1e-3 * trace.back().relative_error);
}

TEST(Stopping, TimeLimitAndInterruptionEndEveryRestart) {
  const Communicator world = Communicator::world();
  FactorizeOptions options = options_for(1000000, 2);
  options.stop.max_seconds = 0.01;
  const Matrix X = noisy();
  EXPECT_EQ(run(world, squarest(world, 2), X, options).best.stop, StopReason::time_limit);

  options.stop.max_seconds = std::numeric_limits<double>::infinity();
  const JobPlan plan = squarest(world, 2);
  const auto spread_X = spread<double>(world, plan, X);
  int polls = 0;
  RunHooks hooks;  // one process is told to stop, all do
  hooks.stop_requested = [&] { return ++polls > 5 && world.rank() == world.size() - 1; };
  Index reports = 0;
  hooks.on_iteration = [&](const Progress& progress) {
    ++reports;
    EXPECT_GE(progress.relative_error, 0);
  };
  const Factorization found = factorize(world, plan, &*spread_X, options, {}, hooks);
  EXPECT_EQ(found.best.stop, StopReason::interrupted);
  EXPECT_LT(found.best.iterations, 20);
  EXPECT_EQ(reports > 0, world.is_root());
}

TEST(Stopping, NoIterationsGiveTheStart) {
  const Communicator world = Communicator::world();
  for (const Schedule schedule : {Schedule::sweep, Schedule::random}) {
    FactorizeOptions options = options_for(0);
    options.schedule = schedule;
    const WholeRun found = run(world, squarest(world, 1), noisy(), options);
    EXPECT_EQ(found.best.iterations, 0) << static_cast<int>(schedule);
    EXPECT_EQ(found.restarts[0].trace.size(), 1U);
  }
}

/// Largest violation of the KKT conditions of A's problem, given S: w >= 0, gradient >= 0, and
/// their product zero; relative to the size of X Sᵀ.
double kkt_violation(const Matrix& W, const Matrix& other, const Matrix& X) {
  const Matrix C = X * other;
  const Matrix gradient = W * (other.transpose() * other) - C;
  const double below = std::max(0.0, -gradient.minCoeff());
  const double product =
      (W.array() * gradient.array()).abs().maxCoeff() / std::max(1e-300, W.cwiseAbs().maxCoeff());
  return std::max(below, product) / C.cwiseAbs().maxCoeff();
}

TEST(Quality, BppMeetsTheKktConditionsAndHals) {
  const Communicator world = Communicator::world();
  const Matrix X = noisy();
  FactorizeOptions options = options_for(400, 4);
  const WholeRun hals = run(world, squarest(world, 4), X, options);
  options.nnls = NnlsKind::bpp;
  const WholeRun bpp = run(world, squarest(world, 4), X, options);
  EXPECT_LE(bpp.best.relative_error, hals.best.relative_error * (1 + 1e-3));
  EXPECT_LE(hals.best.relative_error, bpp.best.relative_error * (1 + 1e-3));
  EXPECT_LE(kkt_violation(bpp.factors.A, bpp.factors.S, X), 1e-5);
  EXPECT_LE(kkt_violation(bpp.factors.S, bpp.factors.A, X.transpose()), 1e-5);
}

TEST(Quality, UnconstrainedReachesTheTruncatedSvd) {
  const Communicator world = Communicator::world();
  for (const bool sparse : {false, true}) {
    const Matrix X = noisy(sparse ? 0.4 : 1);
    FactorizeOptions options = options_for(400);
    options.nnls = NnlsKind::none;
    const WholeRun found = run(world, squarest(world, 1), X, options, sparse);
    const Eigen::VectorXd sigma = Eigen::JacobiSVD<Matrix>(X).singularValues();
    const double best = sigma.tail(sigma.size() - kComponents).norm() / X.norm();
    EXPECT_NEAR(found.best.relative_error, best, 1e-6 * best);
  }
}

TEST(Quality, ExactRankIsReached) {
  const Communicator world = Communicator::world();
  const Matrix X = whole_matrix(*make_factory(0));
  FactorizeOptions options = options_for(2000, 5);
  options.components = 3;
  const WholeRun found = run(world, squarest(world, 5), X, options);
  EXPECT_LT(found.best.relative_error, 1e-8);
  EXPECT_NEAR(found.best.relative_error, plain_relative_error(X, found.factors), 1e-15);
}

TEST(Quality, MultiplicativeIsMonotone) {
  const Communicator world = Communicator::world();
  FactorizeOptions options = options_for(60);
  options.solver = SolverKind::mu;
  const WholeRun found = run(world, squarest(world, 1), noisy(), options);
  expect_monotone(found.restarts[0].trace);
  EXPECT_LT(found.best.relative_error, 0.6 * found.restarts[0].trace[0].relative_error);
}

/// Sums are kept in double, so that halving X and the factors costs nothing that shows.
TEST(Quality, SingleEndsWhereDoubleDoes) {
  const Communicator world = Communicator::world();
  for (const bool sparse : {false, true}) {
    const Matrix X = noisy(sparse ? 0.4 : 1);
    const FactorizeOptions options = options_for(500, 3);
    const JobPlan plan = squarest(world, 3);
    const WholeRun in_double = run(world, plan, X, options, sparse);
    const WholeRun in_single = run<float>(world, plan, X, options, sparse);
    EXPECT_NEAR(in_single.best.relative_error, in_double.best.relative_error, 1e-5);
  }
}

TEST(Quality, ClipRunsAndStaysNonNegative) {
  const Communicator world = Communicator::world();
  FactorizeOptions options = options_for(40);
  options.nnls = NnlsKind::clip;
  const WholeRun found = run(world, squarest(world, 1), noisy(), options);
  EXPECT_GE(found.factors.A.minCoeff(), 0);
  EXPECT_GE(found.factors.S.minCoeff(), 0);
  EXPECT_LT(found.best.relative_error, found.restarts[0].trace[0].relative_error);
}

TEST(Quality, BlockKaczmarzEndsWhereAlsDoes) {
  const Communicator world = Communicator::world();
  for (const bool sparse : {false, true}) {
    const Matrix X = noisy(sparse ? 0.4 : 1);
    FactorizeOptions options = options_for(500, 5);
    const WholeRun als = run(world, squarest(world, 5), X, options, sparse);
    options.solver = SolverKind::kaczmarz;
    const WholeRun kaczmarz = run(world, squarest(world, 5), X, options, sparse);
    EXPECT_NEAR(kaczmarz.best.relative_error, als.best.relative_error,
                1e-3 * als.best.relative_error);
  }
}

TEST(Quality, PenaltiesShrinkTheFactors) {
  const Communicator world = Communicator::world();
  FactorizeOptions options = options_for(150);
  const WholeRun plain = run(world, squarest(world, 1), noisy(), options);
  options.penalties = {.l1_A = 2, .l1_S = 2, .l2_A = 1, .l2_S = 1};
  const WholeRun shrunk = run(world, squarest(world, 1), noisy(), options);
  EXPECT_LT(shrunk.factors.A.sum() + shrunk.factors.S.sum(),
            plain.factors.A.sum() + plain.factors.S.sum());
  EXPECT_GT(shrunk.best.relative_error, plain.best.relative_error);
}

}  // namespace
}  // namespace partita::testing
