// What penalties ask for is what is written: stationary points of ½||X - AS||² + penalties that are
// as low as those of plain loops, at the scale of the least penalty.
#include "partita/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "factorize/objective/component_scale.hpp"
#include "support/matrices.hpp"

namespace partita::testing {
namespace {

constexpr Index kComponents = 4;

Matrix noisy() {
  return low_rank_matrix({.rows = 40, .columns = 30, .components = 5, .noise = 0.1, .seed = 3});
}

/// ½||X - A S||² + penalties, with S transposed.
double objective(const Matrix& X, const WholeFactors& at, const Penalties& p) {
  return (X - at.A * at.S.transpose()).squaredNorm() / 2 + p.l1_A * at.A.sum() +
         p.l1_S * at.S.sum() + p.l2_A / 2 * at.A.squaredNorm() + p.l2_S / 2 * at.S.squaredNorm();
}

/// Largest |min(w, gradient)| of a factor, relative to the largest entry of X times the other.
double kkt_residual(const Matrix& X, const Matrix& W, const Matrix& other, FactorPenalty penalty) {
  const Matrix C = X * other;
  const Matrix gradient =
      (W * (other.transpose() * other) - C + penalty.l2 * W).array() + penalty.l1;
  const double scale = std::max(C.cwiseAbs().maxCoeff(), penalty.l1);
  return W.cwiseMin(gradient / scale).cwiseAbs().maxCoeff();
}

/// Cyclic coordinate descent in plain loops, the columns of A and the rows of S in turn.
WholeFactors plain_descent(const Matrix& X, WholeFactors at, const Penalties& p, int passes) {
  const auto sweep = [](Matrix& W, const Matrix& C, const Matrix& G, FactorPenalty penalty) {
    for (Index j = 0; j < W.cols(); ++j) {
      const double diagonal = G(j, j) + penalty.l2;
      if (diagonal <= 0) continue;
      for (Index i = 0; i < W.rows(); ++i) {
        const double gradient =
            W.row(i).dot(G.col(j)) - C(i, j) + penalty.l2 * W(i, j) + penalty.l1;
        W(i, j) = std::max(0.0, W(i, j) - gradient / diagonal);
      }
    }
  };
  for (int pass = 0; pass < passes; ++pass) {
    sweep(at.S, X.transpose() * at.A, at.A.transpose() * at.A, p.of_S());
    sweep(at.A, X * at.S, at.S.transpose() * at.S, p.of_A());
  }
  return at;
}

/// The least objective of several starts.
double plain_minimum(const Matrix& X, const Penalties& p) {
  double least = std::numeric_limits<double>::infinity();
  for (int start = 0; start < 5; ++start) {
    std::srand(static_cast<unsigned>(start) + 1);
    const auto factor = [&](Index rows) {
      return Matrix((Matrix::Random(rows, kComponents).array() + 1) * 0.3);
    };
    const WholeFactors from{factor(X.rows()), factor(X.cols())};
    least = std::min(least, objective(X, plain_descent(X, from, p, 600), p));
  }
  return least;
}

struct Case {
  std::string name;
  Penalties penalties;
};

std::vector<Case> cases() {
  return {{"none", {}},
          {"l1", {.l1_A = 1, .l1_S = 1}},
          {"l2", {.l2_A = 3, .l2_S = 0.3}},
          {"l1 of A, l2 of S", {.l1_A = 2, .l2_S = 1}},
          {"all", {.l1_A = 0.3, .l1_S = 0.2, .l2_A = 1, .l2_S = 0.1}},
          {"only l1 of A", {.l1_A = 0.5}},
          {"only l2 of S", {.l2_S = 0.5}}};
}

FactorizeOptions options_for(const Penalties& penalties, Index iterations) {
  FactorizeOptions options;
  options.components = kComponents;
  options.penalties = penalties;
  options.stop.tolerance = 0;
  options.stop.max_iterations = iterations;
  return options;
}

struct Method {
  SolverKind solver;
  NnlsKind nnls;
};

TEST(Penalties, SolversEndAtStationaryPointsAsLowAsPlainLoops) {
  const Communicator world = Communicator::world();
  const Matrix X = noisy();
  for (const Case& what : cases()) {
    // of several processes a few cases are enough: the loops are the same
    if (world.size() > 1 && what.name != "all" && what.name != "only l1 of A") continue;
    const double least = plain_minimum(X, what.penalties);
    for (const Method& by : {Method{SolverKind::als, NnlsKind::hals},
                             {SolverKind::als, NnlsKind::bpp},
                             {SolverKind::kaczmarz, NnlsKind::hals},
                             {SolverKind::mu, NnlsKind::hals}}) {
      SCOPED_TRACE(what.name + ", solver " + std::to_string(static_cast<int>(by.solver)) +
                   ", nnls " + std::to_string(static_cast<int>(by.nnls)));
      FactorizeOptions options = options_for(what.penalties, world.size() > 1 ? 600 : 1500);
      options.solver = by.solver;
      options.nnls = by.nnls;
      const WholeRun found = run(world, squarest(world, 5), X, options);
      const double reached = objective(X, found.factors, what.penalties);
      EXPECT_LE(reached, 1.001 * least);
      EXPECT_NEAR(found.best.objective, std::sqrt(2 * reached) / X.norm(), 1e-10);
      if (by.solver == SolverKind::mu) continue;  // it gets there, but slowly
      EXPECT_LE(kkt_residual(X, found.factors.A, found.factors.S, what.penalties.of_A()), 1e-6);
      EXPECT_LE(
          kkt_residual(X.transpose(), found.factors.S, found.factors.A, what.penalties.of_S()),
          1e-6);
    }
  }
}

TEST(Penalties, OfDrawnLinesAreMinimisedToo) {
  const Communicator world = Communicator::world();
  if (world.size() > 1) GTEST_SKIP() << "many iterations, shown on one process";
  const Matrix X = noisy();
  const Penalties penalties{.l1_A = 0.3, .l1_S = 0.2, .l2_A = 1, .l2_S = 0.1};
  FactorizeOptions options = options_for(penalties, 1500);
  options.schedule = Schedule::random;
  options.samples = 20;
  const WholeRun als = run(world, squarest(world, 5), X, options);
  EXPECT_LE(objective(X, als.factors, penalties), 1.001 * plain_minimum(X, penalties));

  options.solver = SolverKind::kaczmarz;
  options.stop.max_iterations = 4000;
  const WholeRun kaczmarz = run(world, squarest(world, 5), X, options);
  EXPECT_LE(objective(X, kaczmarz.factors, penalties), 1.001 * plain_minimum(X, penalties));
}

/// Blocks that are unlike see other components; their average must not run away.
TEST(Penalties, OfDrawnLinesAreMinimisedOverUnlikeBlocks) {
  const Communicator world = Communicator::world();
  Matrix X = Matrix::Constant(36, 30, 0.01);
  X.topLeftCorner(18, 15).setConstant(3);
  X.bottomRightCorner(18, 15).setConstant(2);
  X += 0.05 * noisy().topLeftCorner(36, 30);
  for (const Penalties& penalties : {Penalties{}, Penalties{.l1_A = 0.1, .l2_S = 0.2}}) {
    FactorizeOptions options = options_for(penalties, 3000);
    options.schedule = Schedule::random;
    options.solver = SolverKind::kaczmarz;
    options.samples = 20;
    options.restarts = 2;
    const WholeRun found = run(world, squarest(world, 1), X, options);
    EXPECT_LE(objective(X, found.factors, penalties), 1.001 * plain_minimum(X, penalties));
  }
}

/// A start with a component that the penalties remove: reviving it would cost more than it gains.
TEST(Penalties, NeverFreezeARunThatCouldGoOn) {
  const Communicator world = Communicator::world();
  const Matrix X = noisy();
  const Penalties penalties{.l1_A = 4, .l1_S = 4};
  WholeFactors start{Matrix::Constant(40, kComponents, 0.2),
                     Matrix::Constant(30, kComponents, 0.2)};
  for (Index i = 0; i < 40; ++i) start.A(i, i % kComponents) += 0.3 + 0.01 * static_cast<double>(i);
  start.A.col(1) *= 1e-3;
  start.S.col(1) *= 1e-3;
  for (const NnlsKind nnls : {NnlsKind::hals, NnlsKind::bpp}) {
    FactorizeOptions options = options_for(penalties, 1500);
    options.init = StartKind::given;
    options.restarts = 1;
    options.nnls = nnls;
    const WholeRun found = run(world, squarest(world, 1), X, options, false, start);
    EXPECT_LE(kkt_residual(X, found.factors.A, found.factors.S, penalties.of_A()), 1e-6);
    EXPECT_LE(objective(X, found.factors, penalties),
              1.001 * objective(X, plain_descent(X, start, penalties, 1500), penalties));
    const ErrorTrace& trace = found.restarts.front().trace;
    for (std::size_t t = 1; t < trace.size(); ++t) {
      ASSERT_LE(trace[t].objective, trace[t - 1].objective * (1 + 1e-12)) << "iteration " << t;
    }
  }
}

TEST(Penalties, ThatOutweighXLeaveNothing) {
  const Communicator world = Communicator::world();
  const Matrix X = noisy();
  const WholeRun found =
      run(world, squarest(world, 5), X, options_for({.l2_A = 1000, .l2_S = 1000}, 300));
  EXPECT_EQ(found.factors.A.cwiseAbs().maxCoeff(), 0);
  EXPECT_EQ(found.factors.S.cwiseAbs().maxCoeff(), 0);
  EXPECT_DOUBLE_EQ(found.best.objective, 1);
}

TEST(Penalties, OfUnconstrainedFactorsAreThoseThatHaveAMinimum) {
  const Communicator world = Communicator::world();
  FactorizeOptions options = options_for({.l2_A = 0.5, .l2_S = 0.5}, 300);
  for (const SolverKind solver : {SolverKind::als, SolverKind::kaczmarz}) {
    options.solver = solver;
    options.constraint = Constraint::none;
    options.nnls = solver == SolverKind::als ? NnlsKind::none : NnlsKind::hals;
    const WholeRun found = run(world, squarest(world, 5), noisy(), options);
    EXPECT_LT(found.factors.A.minCoeff(), 0) << "the constraint is gone";
    FactorizeOptions sums = options;
    sums.penalties = {.l1_A = 1};
    EXPECT_THROW(run(world, squarest(world, 5), noisy(), sums), Error);
  }
}

/// The restart of the lowest objective wins, not that of the lowest error.
TEST(Penalties, TheBestRestartHasTheLowestObjective) {
  const Communicator world = Communicator::world();
  const WholeRun found =
      run(world, squarest(world, 5), noisy(), options_for({.l1_A = 2, .l1_S = 2}, 60));
  for (const RestartResult& restart : found.restarts) {
    EXPECT_GE(restart.objective, found.best.objective - 1e-14);
  }
}

TEST(ComponentScale, IsTheBestOfManyTried) {
  const ComponentSize a{3, 2};
  const ComponentSize s{0.5, 7};
  for (const Case& what : cases()) {
    const Penalties& p = what.penalties;
    if (!p.any() || p.degenerate()) continue;
    const ComponentScale scale = best_scale(p, a, s);
    EXPECT_DOUBLE_EQ(scale.of_A * scale.of_S, 1);
    const double least = penalty_of(p, a, s, scale);
    for (int step = -400; step <= 400; ++step) {
      const double t = std::exp(step / 50.0);
      EXPECT_GE(penalty_of(p, a, s, {t, 1 / t}), least * (1 - 1e-12)) << what.name;
    }
  }
}

TEST(ComponentScale, SquaresAloneHaveAClosedForm) {
  const ComponentScale scale = best_scale({.l2_A = 8, .l2_S = 0.5}, {1, 4}, {1, 9});
  EXPECT_NEAR(scale.of_A, std::pow(0.5 * 9 / (8.0 * 4), 0.25), 1e-14);
}

TEST(ComponentScale, AlonePenalisedShrinksToItsRatioAndNoFurther) {
  const ComponentSize a{3, 2};
  const ComponentSize s{0.5, 7};
  const Penalties only_A{.l1_A = 1};
  const ComponentScale once = best_scale(only_A, a, s);
  const ComponentSize small{a.sum * once.of_A, a.squares * once.of_A * once.of_A};
  const ComponentSize large{s.sum * once.of_S, s.squares * once.of_S * once.of_S};
  EXPECT_NEAR(std::sqrt(small.squares / large.squares) / kDegenerateRatio, 1, 1e-9);
  EXPECT_NEAR(best_scale(only_A, small, large).of_A, 1, 1e-9);
}

TEST(ComponentScale, APartWithoutItsPartnerIsZero) {
  const ComponentScale scale = best_scale({.l1_A = 1}, {3, 2}, {0, 0});
  EXPECT_EQ(scale.of_A, 0);
  EXPECT_EQ(scale.of_S, 1) << "it costs nothing";
}

}  // namespace
}  // namespace partita::testing
