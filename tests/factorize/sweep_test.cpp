// Restarts and passes: the same traces on every layout, results that are what they say, and every
// solver at the quality it promises.
#include "partita/base/error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
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

void expect_same_traces(const WholeRun& found, const WholeRun& expected, double tolerance) {
  ASSERT_EQ(found.restarts.size(), expected.restarts.size());
  for (std::size_t r = 0; r < found.restarts.size(); ++r) {
    const RestartResult& mine = found.restarts[r];
    const RestartResult& reference = expected.restarts[r];
    EXPECT_EQ(mine.restart, reference.restart);
    EXPECT_EQ(mine.stop, reference.stop);
    ASSERT_EQ(mine.trace.size(), reference.trace.size());
    for (std::size_t t = 0; t < mine.trace.size(); ++t) {
      const double error = reference.trace[t].relative_error;
      ASSERT_EQ(mine.trace[t].iteration, static_cast<Index>(t));
      ASSERT_NEAR(mine.trace[t].relative_error, error, tolerance * error)
          << "restart " << r << ", iteration " << t;
    }
  }
}

/// One solver and what holds of it.
struct Setting {
  std::string name;
  SolverKind solver;
  NnlsKind nnls;
  Schedule schedule;
  Index iterations;
  Index samples = 1;
};

FactorizeOptions options_for(const Setting& setting, Index restarts) {
  FactorizeOptions options = options_for(setting.iterations, restarts);
  options.solver = setting.solver;
  options.nnls = setting.nnls;
  options.schedule = setting.schedule;
  options.samples = setting.samples;
  return options;
}

std::vector<Setting> als_settings() {
  return {{"hals", SolverKind::als, NnlsKind::hals, Schedule::sweep, 30},
          {"bpp", SolverKind::als, NnlsKind::bpp, Schedule::sweep, 20},
          {"none", SolverKind::als, NnlsKind::none, Schedule::sweep, 10},
          {"clip", SolverKind::als, NnlsKind::clip, Schedule::sweep, 15},
          {"mu", SolverKind::mu, NnlsKind::hals, Schedule::sweep, 20},
          {"block_kaczmarz", SolverKind::kaczmarz, NnlsKind::hals, Schedule::sweep, 25},
          {"sampled_als", SolverKind::als, NnlsKind::hals, Schedule::random, 60, 2}};
}

class SameAnswer : public ::testing::TestWithParam<Setting> {};

TEST_P(SameAnswer, OnEveryLayout) {
  const Communicator world = Communicator::world();
  for (const bool sparse : {false, true}) {
    const Matrix X = noisy(sparse ? 0.4 : 1);
    const FactorizeOptions options = options_for(GetParam(), 3);
    const WholeRun alone = run_alone(world, X, options, sparse);
    for (const JobPlan& plan : job_plans(world.size(), options.restarts)) {
      SCOPED_TRACE(name_of(plan) + (sparse ? ", sparse" : ", dense"));
      const WholeRun found = run(world, plan, X, options, sparse);
      expect_same_traces(found, alone, 1e-8);
      EXPECT_EQ(found.best.restart, alone.best.restart);
      EXPECT_LE((found.factors.A - alone.factors.A).norm(), 1e-5 * alone.factors.A.norm());
      EXPECT_LE((found.factors.S - alone.factors.S).norm(), 1e-5 * alone.factors.S.norm());
    }
  }
}

TEST_P(SameAnswer, InSinglePrecision) {
  const Communicator world = Communicator::world();
  const Matrix X = noisy();
  const FactorizeOptions options = options_for(GetParam(), 2);
  const WholeRun in_double = run_alone(world, X, options);
  for (const JobPlan& plan :
       {job_plans(world.size(), 2).front(), job_plans(world.size(), 2).back()}) {
    SCOPED_TRACE(name_of(plan));
    for (const bool sparse : {false, true}) {
      const WholeRun found = run<float>(world, plan, X, options, sparse);
      for (std::size_t r = 0; r < found.restarts.size(); ++r) {
        // A pass near the verge is kept in one precision and undone in the other, so traces part
        // for a while; they end at one place.
        const RestartResult& expected = in_double.restarts[r];
        EXPECT_NEAR(found.restarts[r].relative_error, expected.relative_error,
                    1e-2 * expected.relative_error);
        EXPECT_NEAR(found.restarts[r].trace[2].relative_error, expected.trace[2].relative_error,
                    1e-4);
      }
      const Matrix held = X.cast<float>().cast<double>();
      EXPECT_NEAR(found.best.relative_error, plain_relative_error(held, found.factors), 1e-12);
    }
  }
}

TEST_P(SameAnswer, BitForBitWhenRepeatedAndForAnyBatch) {
  const Communicator world = Communicator::world();
  const Matrix X = noisy();
  const FactorizeOptions options = options_for(GetParam(), 3);
  JobPlan plan = job_plans(world.size(), 3).front();
  const WholeRun first = run(world, plan, X, options);
  const WholeRun again = run(world, plan, X, options);
  expect_same_traces(again, first, 0);
  EXPECT_EQ(first.factors.A, again.factors.A);
  EXPECT_EQ(first.factors.S, again.factors.S);
  plan.batch = 1;
  expect_same_traces(run(world, plan, X, options), first, 1e-10);
}

std::string test_name(const ::testing::TestParamInfo<Setting>& tested) {
  return tested.param.name;
}

INSTANTIATE_TEST_SUITE_P(Solvers, SameAnswer, ::testing::ValuesIn(als_settings()), test_name);

/// One layout a test is enough for what the layouts have been shown to agree on.
JobPlan widest(const Communicator& world, Index restarts) {
  const std::vector<GridShape> shapes = grid_shapes(world.size());
  return {.groups = 1, .grid = shapes[shapes.size() / 2], .batch = restarts, .restarts = restarts};
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
    const WholeRun found = run(world, widest(world, 5), X, options_for(40, 5), sparse);
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
  const WholeRun found = run(world, widest(world, 4), noisy(), options_for(8, 4));
  for (std::size_t a = 0; a < 4; ++a) {
    for (std::size_t b = a + 1; b < 4; ++b) {
      EXPECT_NE(found.restarts[a].trace[3].relative_error,
                found.restarts[b].trace[3].relative_error);
    }
  }
}

TEST(Results, RestartDoesNotDependOnTheOthers) {
  const Communicator world = Communicator::world();
  const WholeRun all = run(world, widest(world, 4), noisy(), options_for(10, 4));
  FactorizeOptions only_third = options_for(10, 1);
  only_third.first_restart = 2;
  const WholeRun alone = run(world, widest(world, 1), noisy(), only_third);
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
    results[r].relative_error = errors[r];
  }
  EXPECT_EQ(best_of(results), 2);
  for (auto& result : results) result.relative_error = nan;
  EXPECT_EQ(best_of(results), -1);
  EXPECT_EQ(best_of({}), -1);
}

TEST(Stopping, ToleranceEndsARunAsConverged) {
  const Communicator world = Communicator::world();
  FactorizeOptions options = options_for(2000);
  options.stop.tolerance = 1e-3;
  const WholeRun found = run(world, widest(world, 1), noisy(), options);
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
  EXPECT_EQ(run(world, widest(world, 2), X, options).best.stop, StopReason::time_limit);

  options.stop.max_seconds = std::numeric_limits<double>::infinity();
  const JobPlan plan = widest(world, 2);
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
    const WholeRun found = run(world, widest(world, 1), noisy(), options);
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
  const WholeRun hals = run(world, widest(world, 4), X, options);
  options.nnls = NnlsKind::bpp;
  const WholeRun bpp = run(world, widest(world, 4), X, options);
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
    const WholeRun found = run(world, widest(world, 1), X, options, sparse);
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
  const WholeRun found = run(world, widest(world, 5), X, options);
  EXPECT_LT(found.best.relative_error, 1e-8);
  EXPECT_NEAR(found.best.relative_error, plain_relative_error(X, found.factors), 1e-15);
}

TEST(Quality, MultiplicativeIsMonotone) {
  const Communicator world = Communicator::world();
  FactorizeOptions options = options_for(60);
  options.solver = SolverKind::mu;
  const WholeRun found = run(world, widest(world, 1), noisy(), options);
  expect_monotone(found.restarts[0].trace);
  EXPECT_LT(found.best.relative_error, 0.6 * found.restarts[0].trace[0].relative_error);
}

TEST(Quality, ClipRunsAndStaysNonNegative) {
  const Communicator world = Communicator::world();
  FactorizeOptions options = options_for(40);
  options.nnls = NnlsKind::clip;
  const WholeRun found = run(world, widest(world, 1), noisy(), options);
  EXPECT_GE(found.factors.A.minCoeff(), 0);
  EXPECT_GE(found.factors.S.minCoeff(), 0);
  EXPECT_LT(found.best.relative_error, found.restarts[0].trace[0].relative_error);
}

TEST(Quality, BlockKaczmarzEndsWhereAlsDoes) {
  const Communicator world = Communicator::world();
  for (const bool sparse : {false, true}) {
    const Matrix X = noisy(sparse ? 0.4 : 1);
    FactorizeOptions options = options_for(500, 5);
    const WholeRun als = run(world, widest(world, 5), X, options, sparse);
    options.solver = SolverKind::kaczmarz;
    const WholeRun kaczmarz = run(world, widest(world, 5), X, options, sparse);
    EXPECT_NEAR(kaczmarz.best.relative_error, als.best.relative_error,
                1e-3 * als.best.relative_error);
  }
}

TEST(Quality, VanishedComponentsComeBackAlikeEverywhere) {
  const Communicator world = Communicator::world();
  const Matrix X = noisy();
  WholeFactors start{Matrix(kRows, kComponents), Matrix(kColumns, kComponents)};
  for (Index j = 0; j < kComponents; ++j) {
    for (Index i = 0; i < kRows; ++i) start.A(i, j) = 0.3 + double((3 * i + 5 * j) % 7) / 7;
    for (Index i = 0; i < kColumns; ++i) start.S(i, j) = 0.3 + double((2 * i + 3 * j) % 5) / 5;
  }
  start.A.col(1).setZero();
  start.S.col(1).setZero();
  FactorizeOptions options = options_for(60);
  options.init = StartKind::given;
  const WholeRun alone = run_alone(world, X, options, false, start);
  EXPECT_GT(alone.factors.A.col(1).norm(), 0);
  FactorizeOptions fewer = options_for(300);
  fewer.components = kComponents - 1;
  EXPECT_LT(alone.best.relative_error, run_alone(world, X, fewer).best.relative_error);
  for (const GridShape grid : grid_shapes(world.size())) {
    const JobPlan plan{.groups = 1, .grid = grid};
    SCOPED_TRACE(name_of(plan));
    expect_same_traces(run(world, plan, X, options, false, start), alone, 1e-8);
  }
}

TEST(Quality, PenaltiesShrinkTheFactors) {
  const Communicator world = Communicator::world();
  FactorizeOptions options = options_for(150);
  const WholeRun plain = run(world, widest(world, 1), noisy(), options);
  options.penalties = {.l1_A = 2, .l1_S = 2, .l2_A = 1, .l2_S = 1};
  const WholeRun shrunk = run(world, widest(world, 1), noisy(), options);
  EXPECT_LT(shrunk.factors.A.sum() + shrunk.factors.S.sum(),
            plain.factors.A.sum() + plain.factors.S.sum());
  EXPECT_GT(shrunk.best.relative_error, plain.best.relative_error);
}

TEST(Layout, MoreProcessesThanRowsOrColumns) {
  const Communicator world = Communicator::world();
  for (const bool sparse : {false, true}) {
    for (const bool wide : {false, true}) {
      const Matrix thin = noisy(sparse ? 0.6 : 1).topRows(2);
      const Matrix X = wide ? thin : Matrix(thin.transpose());
      for (const Setting& setting : als_settings()) {
        FactorizeOptions options = options_for(setting, 2);
        options.components = 2;
        options.stop.max_iterations = 8;
        const WholeRun alone = run_alone(world, X, options, sparse);
        for (const JobPlan& plan : job_plans(world.size(), 2)) {
          SCOPED_TRACE(setting.name + ", " + name_of(plan) + (sparse ? ", sparse" : ""));
          const WholeRun found = run(world, plan, X, options, sparse);
          for (std::size_t r = 0; r < 2; ++r) {
            EXPECT_NEAR(found.restarts[r].relative_error, alone.restarts[r].relative_error, 1e-7);
          }
        }
      }
    }
  }
}

TEST(Layout, GroupsBeyondTheRestartsHaveNothingToDo) {
  const Communicator world = Communicator::world();
  const JobPlan plan{.groups = world.size(), .grid = {1, 1}, .batch = 1, .restarts = 1};
  const Matrix X = noisy();
  const WholeRun found = run(world, plan, X, options_for(10));
  EXPECT_EQ(found.restarts.size(), 1U);
  EXPECT_NEAR(found.best.relative_error, plain_relative_error(X, found.factors), 1e-12);
}

/// Also on processes of groups without restarts, which hold no X.
TEST(Options, BadOnesAreRefusedEverywhere) {
  const Communicator world = Communicator::world();
  const JobPlan one_group_works{.groups = world.size(), .grid = {1, 1}, .batch = 1, .restarts = 1};
  const auto refused = [&](auto change, const std::optional<WholeFactors>& start = {}) {
    FactorizeOptions options = options_for(5);
    change(options);
    for (const JobPlan& plan : {widest(world, 1), one_group_works}) {
      try {
        (void)run(world, plan, noisy(), options, false, start);
        ADD_FAILURE() << "accepted";
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage) << error.what();
      }
    }
  };
  refused([](FactorizeOptions& o) { o.components = 0; });
  refused([](FactorizeOptions& o) { o.components = kColumns + 1; });
  refused([](FactorizeOptions& o) { o.restarts = 0; });
  refused([](FactorizeOptions& o) { o.samples = 0; });
  refused([](FactorizeOptions& o) { o.stop.tolerance = -1; });
  refused([](FactorizeOptions& o) { o.penalties.l1_A = -1; });
  refused([](FactorizeOptions& o) { o.relaxation = std::nan(""); });
  refused([](FactorizeOptions& o) { o.draws.resize(1); });
  refused([](FactorizeOptions& o) {
    o.solver = SolverKind::mu;
    o.schedule = Schedule::random;
  });
  refused([](FactorizeOptions& o) { o.init = StartKind::given; });
  refused(
      [](FactorizeOptions& o) { o.init = StartKind::given; },
      WholeFactors{Matrix::Ones(kRows, kComponents + 1), Matrix::Ones(kColumns, kComponents + 1)});
}

}  // namespace
}  // namespace partita::testing
