// The `random` schedule: drawn rows and columns, and that none of the textbook's six faults is
// there (indices from all rows and columns, non-negativity, comparison of restarts, traces of their
// own, no 1/||a||² of zero rows, work of one line an iteration). Restarts and traces are also in
// sweep_test.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "support/matrices.hpp"

namespace partita::testing {
namespace {

constexpr Index kRows = 30;
constexpr Index kColumns = 21;
constexpr Index kComponents = 3;

Matrix exact() {
  return low_rank_matrix({.rows = kRows,
                          .columns = kColumns,
                          .components = kComponents,
                          .noise = 0,
                          .density = 1,
                          .seed = 8});
}

FactorizeOptions sampled(SolverKind solver, Index iterations) {
  FactorizeOptions options;
  options.solver = solver;
  options.schedule = Schedule::random;
  options.components = kComponents;
  options.restarts = 1;
  options.seed = 5;
  options.stop.max_iterations = iterations;
  options.stop.tolerance = 0;
  return options;
}

double start_error(const WholeRun& found) {
  return found.restarts.front().trace.front().relative_error;
}

TEST(SampledAls, FindsAnExactFactorisation) {
  const Communicator world = Communicator::world();
  if (world.size() > 1) GTEST_SKIP() << "many iterations, shown on one process";
  for (const Constraint constraint : {Constraint::nonnegative, Constraint::none}) {
    for (const Index samples : {1, 4}) {
      FactorizeOptions options = sampled(SolverKind::als, 2000 / samples);
      options.samples = samples;
      options.constraint = constraint;
      const WholeRun found = run(world, squarest(world), exact(), options);
      EXPECT_LT(found.best.relative_error, 0.05 * start_error(found))
          << samples << ' ' << static_cast<int>(constraint);
    }
  }
}

TEST(SampledAls, EveryInnerSolverDescends) {
  const Communicator world = Communicator::world();
  if (world.size() > 1) GTEST_SKIP() << "many iterations, shown on one process";
  for (const NnlsKind nnls : {NnlsKind::hals, NnlsKind::bpp, NnlsKind::none, NnlsKind::clip}) {
    FactorizeOptions options = sampled(SolverKind::als, 800);
    options.nnls = nnls;
    const WholeRun found = run(world, squarest(world), exact(), options);
    EXPECT_LT(found.best.relative_error, 0.3 * start_error(found)) << static_cast<int>(nnls);
  }
}

TEST(SampledKaczmarz, FindsAnExactFactorisation) {
  const Communicator world = Communicator::world();
  if (world.size() > 1) GTEST_SKIP() << "many iterations, shown on one process";
  for (const RowSampling sampling : {RowSampling::squared_norm, RowSampling::uniform}) {
    // the start is the best multiple of A S already
    FactorizeOptions options = sampled(SolverKind::kaczmarz, 8000);
    options.sampling = sampling;
    const WholeRun slowing = run(world, squarest(world), exact(), options);
    EXPECT_LT(slowing.best.relative_error, 0.2 * start_error(slowing));
    options.relaxation = 1;  // no horizon on an exact matrix
    const WholeRun full = run(world, squarest(world), exact(), options);
    EXPECT_LT(full.best.relative_error, 0.1 * start_error(full));
  }
}

TEST(SampledKaczmarz, TakesManyLinesAndSteps) {
  const Communicator world = Communicator::world();
  if (world.size() > 1) GTEST_SKIP() << "many iterations, shown on one process";
  for (const auto& [samples, inner] : {std::pair<Index, Index>{5, 10}, {1, 50}, {200, 1}}) {
    FactorizeOptions options = sampled(SolverKind::kaczmarz, 1500);
    options.samples = samples;
    options.inner = inner;
    const WholeRun found = run(world, squarest(world), exact(), options);
    EXPECT_LT(found.best.relative_error, 0.5 * start_error(found)) << samples << ' ' << inner;
  }
}

TEST(SampledKaczmarz, LayoutsEndAtLikeErrors) {
  // Blocks average their steps, so traces differ; what is reached does not.
  const Communicator world = Communicator::world();
  const FactorizeOptions options = sampled(SolverKind::kaczmarz, 600);
  for (const JobPlan& plan : job_plans(world.size(), 1)) {
    const WholeRun found = run(world, plan, exact(), options);
    EXPECT_LT(found.best.relative_error, 0.8 * start_error(found)) << name_of(plan);
  }
}

TEST(SampledKaczmarz, RepeatsBitForBit) {
  const Communicator world = Communicator::world();
  const FactorizeOptions options = sampled(SolverKind::kaczmarz, 100);
  const WholeRun first = run(world, squarest(world), exact(), options);
  const WholeRun again = run(world, squarest(world), exact(), options);
  EXPECT_EQ(first.factors.A, again.factors.A);
  EXPECT_EQ(first.factors.S, again.factors.S);
}

/// Fault 1: only the first k rows and columns ever change.
TEST(Faults, EveryRowAndColumnIsReached) {
  const Communicator world = Communicator::world();
  if (world.size() > 1) GTEST_SKIP() << "many iterations, shown on one process";
  const WholeFactors start{Matrix::Constant(kRows, kComponents, 0.7),
                           Matrix::Constant(kColumns, kComponents, 0.6)};
  for (const SolverKind solver : {SolverKind::als, SolverKind::kaczmarz}) {
    FactorizeOptions options = sampled(solver, 600);
    options.init = StartKind::given;
    const WholeRun found = run(world, squarest(world), exact(), options, false, start);
    for (Index i = 0; i < kRows; ++i) EXPECT_NE(found.factors.A.row(i), start.A.row(i)) << i;
    for (Index j = 0; j < kColumns; ++j) EXPECT_NE(found.factors.S.row(j), start.S.row(j)) << j;
  }
}

/// Fault 2: factors that go negative.
TEST(Faults, FactorsStayNonNegativeUnlessAsked) {
  const Communicator world = Communicator::world();
  if (world.size() > 1) GTEST_SKIP() << "many iterations, shown on one process";
  for (const SolverKind solver : {SolverKind::als, SolverKind::kaczmarz}) {
    FactorizeOptions options = sampled(solver, 500);
    const WholeRun kept = run(world, squarest(world), exact(), options);
    EXPECT_GE(kept.factors.A.minCoeff(), 0);
    EXPECT_GE(kept.factors.S.minCoeff(), 0);
    options.constraint = Constraint::none;
    const WholeRun free = run(world, squarest(world), exact(), options);
    EXPECT_LT(std::min(free.factors.A.minCoeff(), free.factors.S.minCoeff()), 0);
  }
}

/// Faults 3 and 4: the last restart wins, and all share one trace.
TEST(Faults, RestartsAreComparedAndTracedApart) {
  const Communicator world = Communicator::world();
  if (world.size() > 1) GTEST_SKIP() << "many iterations, shown on one process";
  for (const SolverKind solver : {SolverKind::als, SolverKind::kaczmarz}) {
    FactorizeOptions options = sampled(solver, 150);
    options.restarts = 6;
    bool last_always_wins = true;
    for (const std::uint64_t seed : {1, 2, 3}) {
      options.seed = seed;
      const WholeRun found = run(world, squarest(world, 6), exact(), options);
      const auto least =
          std::ranges::min_element(found.restarts, {}, &RestartResult::relative_error);
      EXPECT_EQ(found.best.restart, least->restart);
      last_always_wins = last_always_wins && least->restart == 5;
      for (std::size_t r = 1; r < 6; ++r) {
        EXPECT_NE(found.restarts[r].trace[1].relative_error,
                  found.restarts[0].trace[1].relative_error);
      }
    }
    EXPECT_FALSE(last_always_wins);
  }
}

/// Fault 5: 0/0 at a zero row.
TEST(Faults, ZeroRowsDoNoHarm) {
  const Communicator world = Communicator::world();
  Matrix X = exact();
  X.row(3).setZero();
  X.col(5).setZero();
  WholeFactors start{Matrix::Constant(kRows, kComponents, 0.7),
                     Matrix::Constant(kColumns, kComponents, 0.6)};
  for (Index i = 0; i < kRows; ++i) start.A(i, i % kComponents) += 0.1;
  for (const Index i : {0, 3, 7, 29}) start.A.row(i).setZero();
  for (const Index j : {0, 5, 20}) start.S.row(j).setZero();
  for (const SolverKind solver : {SolverKind::als, SolverKind::kaczmarz}) {
    for (const RowSampling sampling : {RowSampling::squared_norm, RowSampling::uniform}) {
      FactorizeOptions options = sampled(solver, world.size() > 1 ? 40 : 400);
      options.init = StartKind::given;
      if (solver == SolverKind::kaczmarz) options.sampling = sampling;
      // as little as may be: no component but one is in A, and none of the others in S
      WholeFactors nearly_zero{Matrix::Zero(kRows, kComponents),
                               Matrix::Zero(kColumns, kComponents)};
      nearly_zero.A(1, 0) = nearly_zero.S(2, 1) = 1;
      for (const WholeFactors& from : {start, nearly_zero}) {
        const WholeRun found = run(world, squarest(world), X, options, false, from);
        EXPECT_TRUE(found.factors.A.allFinite());
        EXPECT_TRUE(found.factors.S.allFinite());
        EXPECT_LE(found.best.relative_error, start_error(found) * 1.01);
      }
    }
  }
}

/// Fault 5: uniform draws must still minimise the sum of squared residuals of the rows, not of
/// residuals over ||a_i||². X has rows of very different size and a misfit in the small ones.
TEST(Faults, UniformDrawsMinimiseTheRightSum) {
  const Communicator world = Communicator::world();
  if (world.size() > 1) GTEST_SKIP() << "many iterations, shown on one process";
  Matrix X = exact();
  for (Index i = 0; i < kRows; ++i) {
    const double scale = i % 3 == 0 ? 0.05 : 1.0;
    for (Index j = 0; j < kColumns; ++j) {
      X(i, j) = scale * (X(i, j) + (i % 3 == 0 ? 3.0 * double((i + 2 * j) % 5) : 0.0));
    }
  }
  FactorizeOptions options = sampled(SolverKind::kaczmarz, 8000);
  const WholeRun by_norm = run(world, squarest(world), X, options);
  options.sampling = RowSampling::uniform;
  const WholeRun uniform = run(world, squarest(world), X, options);
  EXPECT_LT(uniform.best.relative_error, 0.3 * start_error(uniform));
  EXPECT_LT(uniform.best.relative_error, 3 * by_norm.best.relative_error + 0.05);
}

/// Fault 6: the full residual every iteration. The error is kept current instead, and stays right.
TEST(Faults, ErrorIsKeptCurrentWithoutTouchingAllOfX) {
  const Communicator world = Communicator::world();
  for (const SolverKind solver : {SolverKind::als, SolverKind::kaczmarz}) {
    for (const Index iterations : {1, 10, 1201}) {
      if (iterations > 1000 && world.size() > 1) continue;
      FactorizeOptions options = sampled(solver, iterations);
      options.constraint = Constraint::none;  // factors come back as they are
      const WholeRun found = run(world, squarest(world), exact(), options);
      EXPECT_NEAR(found.restarts[0].trace.back().relative_error,
                  plain_relative_error(exact(), found.factors), 1e-9)
          << iterations;
    }
  }
}

/// Fault 6: what travels in an iteration does not grow with X.
TEST(Faults, AnIterationMovesAFewWords) {
  const Communicator world = Communicator::world();
  const auto words = [&](Index rows, Index columns, Index iterations) {
    const Matrix X = low_rank_matrix(
        {.rows = rows, .columns = columns, .components = 3, .noise = 0.1, .density = 1, .seed = 1});
    const auto spread_X = spread<double>(world, squarest(world), X);
    const Communicator& comm = spread_X->grid().all();
    const double before = comm.traffic()[Collective::all_reduce].words;
    (void)factorize(world, squarest(world), &*spread_X, sampled(SolverKind::als, iterations));
    return comm.traffic()[Collective::all_reduce].words - before;
  };
  const double small = words(20, 15, 30) - words(20, 15, 10);
  const double large = words(200, 150, 30) - words(200, 150, 10);
  EXPECT_LE(large, small);
  EXPECT_LE(large, 20 * 8.0 * (2 * kComponents + 4) * 2);
}

TEST(Layout, SampledKaczmarzRunsWithIdleProcesses) {
  const Communicator world = Communicator::world();
  const Matrix thin = exact().topRows(2);
  for (const bool sparse : {false, true}) {
    FactorizeOptions options = sampled(SolverKind::kaczmarz, 100);
    options.components = 2;
    for (const JobPlan& plan : job_plans(world.size(), 1)) {
      const WholeRun found = run(world, plan, thin, options, sparse);
      EXPECT_LT(found.best.relative_error, start_error(found)) << name_of(plan);
    }
  }
}

TEST(Layout, SinglePrecisionRuns) {
  const Communicator world = Communicator::world();
  if (world.size() > 1) GTEST_SKIP() << "many iterations, shown on one process";
  for (const SolverKind solver : {SolverKind::als, SolverKind::kaczmarz}) {
    const WholeRun found = run<float>(world, squarest(world), exact(), sampled(solver, 1500), true);
    EXPECT_LT(found.best.relative_error, 0.5 * start_error(found));
    const Matrix held = exact().cast<float>().cast<double>();
    EXPECT_NEAR(found.best.relative_error, plain_relative_error(held, found.factors), 1e-12);
  }
}

}  // namespace
}  // namespace partita::testing
