// The same traces and factors on every layout, in both precisions, dense and sparse; layouts with
// idle processes; requests that are refused.
#include "partita/base/error.hpp"

#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/threads.hpp"
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

/// Layouts to compare: all of them while processes are few; then every grid of one group, and one
/// process a group.
std::vector<JobPlan> layouts(const Communicator& world, Index restarts) {
  std::vector<JobPlan> plans = job_plans(world.size(), restarts);
  if (world.size() > 4) {
    std::erase_if(plans, [&](const JobPlan& plan) {
      return plan.groups != 1 && plan.groups != world.size();
    });
  }
  return plans;
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
    for (const JobPlan& plan : layouts(world, options.restarts)) {
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
  const Matrix held = X.cast<float>().cast<double>();
  const FactorizeOptions options = options_for(GetParam(), 2);
  const std::vector<JobPlan> plans = job_plans(world.size(), 2);
  for (const bool sparse : {false, true}) {
    const WholeRun in_double = run_alone(world, X, options, sparse);
    for (const JobPlan& plan : {plans.front(), plans.back()}) {
      SCOPED_TRACE(name_of(plan) + (sparse ? ", sparse" : ", dense"));
      const WholeRun found = run<float>(world, plan, X, options, sparse);
      expect_same_traces(found, in_double, 5e-3);
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

/// Sums are cut by thread, so that only rounding differs, and nothing when it is done again.
TEST_P(SameAnswer, OnAnyNumberOfThreads) {
  const Communicator world = Communicator::world();
  if (!has_threads()) GTEST_SKIP() << "built without threads";
  if (GetParam().schedule == Schedule::random) GTEST_SKIP() << "does not use threads";
  for (const bool sparse : {false, true}) {
    const Matrix X = noisy(sparse ? 0.4 : 1);
    FactorizeOptions options = options_for(GetParam(), 2);
    const WholeRun alone = run_alone(world, X, options, sparse);
    options.threads = 2;  // more would have no rows
    for (const JobPlan& plan : {job_plans(world.size(), 2).front(), squarest(world, 2)}) {
      SCOPED_TRACE(name_of(plan) + (sparse ? ", sparse" : ", dense"));
      const WholeRun found = run(world, plan, X, options, sparse);
      expect_same_traces(found, alone, 1e-8);
      EXPECT_EQ(thread_count(), 1) << "they end with the run";
      const WholeRun again = run(world, plan, X, options, sparse);
      expect_same_traces(again, found, 0);
      EXPECT_EQ(again.factors.A, found.factors.A);
    }
  }
}

std::string test_name(const ::testing::TestParamInfo<Setting>& tested) {
  return tested.param.name;
}

INSTANTIATE_TEST_SUITE_P(Solvers, SameAnswer, ::testing::ValuesIn(als_settings()), test_name);

TEST(Layout, AStartThatIsExactHasAnErrorOfRounding) {
  const Communicator world = Communicator::world();
  WholeFactors start{Matrix(kRows, kComponents), Matrix(kColumns, kComponents)};
  for (Index j = 0; j < kComponents; ++j) {
    for (Index i = 0; i < kRows; ++i) start.A(i, j) = double((3 * i + 5 * j) % 7) / 4;
    for (Index i = 0; i < kColumns; ++i) start.S(i, j) = double((2 * i + 3 * j) % 5) / 4;
  }
  const Matrix X = start.A * start.S.transpose();
  FactorizeOptions options = options_for(2);
  options.init = StartKind::given;
  for (const JobPlan& plan : layouts(world, 1)) {
    for (const bool sparse : {false, true}) {
      const WholeRun found = run(world, plan, X, options, sparse, start);
      EXPECT_LT(found.restarts[0].trace.front().relative_error, 1e-15) << name_of(plan);
    }
  }
}

TEST(Layout, VanishedComponentsComeBackAlikeEverywhere) {
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

/// A pass goes through sparse X twice where its gathered factors exceed the cache, and once through
/// dense X: the same numbers.
TEST(Layout, WideSparseMatricesHaveTheTracesOfDenseOnes) {
  const Communicator world = Communicator::world();
  const Matrix X = low_rank_matrix({.rows = 20,
                                    .columns = 70'000,
                                    .components = kComponents,
                                    .noise = 0.2,
                                    .density = 0.1,
                                    .seed = 5});
  FactorizeOptions options = options_for(6);
  options.components = 16;
  const WholeRun alone = run_alone(world, X, options, /*sparse=*/false);
  for (const GridShape grid : grid_shapes(world.size())) {
    const JobPlan plan{.groups = 1, .grid = grid};
    SCOPED_TRACE(name_of(plan));
    expect_same_traces(run(world, plan, X, options, /*sparse=*/true), alone, 1e-8);
  }
}

/// X with so many columns that its factor and XᵀA are not in cache together: sparse X is then read
/// once for each product, the second time after the verdict on the pass; dense X once for both.
TEST(Layout, WideSparseMatricesAreReadTwiceWithTheSameAnswer) {
  const Communicator world = Communicator::world();
  constexpr Index kWide = 70000;
  FactorizeOptions options = options_for(12, 3);
  options.components = 16;
  Matrix X = Matrix::Zero(40, kWide);
  for (Index e = 0; e < 8 * kWide; ++e) {
    const Index i = (e * e / 3 + 7 * e) % X.rows();
    X(i, (e * 31) % kWide) = 1 + double((e * 17 + i) % 23) / 4;
  }
  const WholeRun alone = run_alone(world, X, options, false);
  for (const Index batch : {1, 3}) {
    const JobPlan plan{
        .groups = 1, .grid = {world.size(), 1}, .batch = batch, .restarts = options.restarts};
    expect_same_traces(run(world, plan, X, options, true), alone, 1e-8);
  }
}

TEST(Layout, MoreProcessesThanRowsOrColumns) {
  const Communicator world = Communicator::world();
  for (const bool sparse : {false, true}) {
    const Matrix thin = noisy(sparse ? 0.6 : 1).topRows(2);
    const Matrix X = sparse ? Matrix(thin.transpose()) : thin;
    for (const Setting& setting : als_settings()) {
      FactorizeOptions options = options_for(setting, 2);
      options.components = 2;
      options.stop.max_iterations = 8;
      const WholeRun alone = run_alone(world, X, options, sparse);
      for (const JobPlan& plan : layouts(world, 2)) {
        SCOPED_TRACE(setting.name + ", " + name_of(plan) + (sparse ? ", sparse" : ""));
        const WholeRun found = run(world, plan, X, options, sparse);
        for (std::size_t r = 0; r < 2; ++r) {
          EXPECT_NEAR(found.restarts[r].relative_error, alone.restarts[r].relative_error, 1e-7);
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
    for (const JobPlan& plan : {squarest(world, 1), one_group_works}) {
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
  refused([](FactorizeOptions& o) { o.threads = 0; });
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
