// Components that are given and stay as they are, on any layout: the fixed parts bit for bit, the
// free ones stationary, against plain loops.
#include "partita/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "factorize/factorize.hpp"
#include "support/files.hpp"
#include "support/matrices.hpp"

namespace partita::testing {
namespace {

constexpr Index kRows = 29;
constexpr Index kColumns = 19;
constexpr Index kComponents = 4;
constexpr Index kFixed = 2;

/// X, its true factors, and which of their components are fixed.
struct Example {
  Matrix X;
  Matrix fixed_A;  ///< rows x f, or empty
  Matrix fixed_S;  ///< columns x f, or empty
  bool sparse = false;

  [[nodiscard]] FixedCounts counts() const { return {fixed_A.cols(), fixed_S.cols()}; }
};

Matrix truth(Index rows, Index first) {
  const RandomField field(31, Purpose::start_A, first);
  Matrix W(rows, kComponents);
  for (Index i = 0; i < rows; ++i) {
    for (Index j = 0; j < kComponents; ++j) {
      W(i, j) = std::max(0.0, field.uniform(i, j) - 0.3);
    }
  }
  return W;
}

Example example(Index in_A, Index in_S) {
  const Matrix A = truth(kRows, 0);
  const Matrix S = truth(kColumns, 1);
  Example made{A * S.transpose(), A.leftCols(in_A), S.leftCols(in_S)};
  const RandomField noise(32, Purpose::start_A);
  for (Index i = 0; i < kRows; ++i) {
    for (Index j = 0; j < kColumns; ++j) made.X(i, j) += 0.05 * noise.uniform(i, j);
  }
  made.X.row(3).setZero();  // of which nothing is known where zeros are missing
  made.X.col(5).setZero();
  return made;
}

FactorizeOptions options_for(const Example& what) {
  FactorizeOptions options;
  options.components = kComponents;
  options.restarts = 2;
  options.seed = 5;
  options.fixed = what.counts();
  options.stop = {.max_iterations = 40, .tolerance = 0};
  return options;
}

WholeRun run_fixed(const Communicator& world, const JobPlan& plan, const Example& what,
                   const FactorizeOptions& options, const CheckpointOptions& checkpoint = {},
                   const RunHooks& hooks = {}) {
  auto X = spread<double>(world, plan, what.X, what.sparse);
  std::optional<GivenStart> given;
  if (X) {
    if (options.unstored != 1) X->weigh({.unstored = options.unstored});
    const GivenStart parts = start_here(*X, {what.fixed_A, what.fixed_S});
    given.emplace();
    if (what.fixed_A.size() > 0) given->fixed_A = parts.A;
    if (what.fixed_S.size() > 0) given->fixed_S = parts.S;
  }
  Factorization found =
      factorize(world, plan, X ? &*X : nullptr, options, given, hooks, checkpoint);
  WholeRun whole;
  whole.factors = collect(world, found.factors, kRows, kColumns, options.components);
  whole.best = found.best;
  whole.restarts = share(world, std::move(found.restarts));
  return whole;
}

WholeRun run_fixed_alone(const Communicator& world, const Example& what,
                         const FactorizeOptions& options) {
  const Communicator alone = world.split(world.rank());
  return run_fixed(alone, {.groups = 1, .grid = {1, 1}, .batch = 1, .restarts = options.restarts},
                   what, options);
}

/// Weight of every entry.
Matrix weights_of(const Example& what, const FactorizeOptions& options) {
  Matrix weights = Matrix::Ones(kRows, kColumns);
  for (Index i = 0; i < kRows && what.sparse; ++i) {
    for (Index j = 0; j < kColumns; ++j) weights(i, j) = what.X(i, j) == 0 ? options.unstored : 1;
  }
  return weights;
}

/// Largest violation of the conditions of a minimum over W >= 0, for those columns of W that are
/// free, beside the largest term of the gradient.
double violation(const Matrix& X, const Matrix& weights, const Matrix& W, const Matrix& H,
                 Index first_free, FactorPenalty penalty) {
  const Matrix residual = (X - W * H.transpose()).cwiseProduct(weights);
  double worst = 0;
  const double size = (X.cwiseProduct(weights) * H).cwiseAbs().maxCoeff();
  for (Index i = 0; i < W.rows(); ++i) {
    for (Index j = first_free; j < W.cols(); ++j) {
      const double slope = -residual.row(i).dot(H.col(j)) + penalty.l1 + penalty.l2 * W(i, j);
      EXPECT_GE(W(i, j), 0);
      worst = std::max(worst, W(i, j) > 0 ? std::abs(slope) : std::max(0.0, -slope));
    }
  }
  return worst / size;
}

void expect_fixed(const WholeFactors& factors, const Example& what) {
  EXPECT_TRUE(factors.A.leftCols(what.fixed_A.cols()) == what.fixed_A);
  EXPECT_TRUE(factors.S.leftCols(what.fixed_S.cols()) == what.fixed_S);
}

double explicit_error(const Example& what, const Matrix& weights, const WholeFactors& f) {
  const Matrix residual = what.X - f.A * f.S.transpose();
  return std::sqrt(residual.array().square().cwiseProduct(weights.array()).sum() /
                   what.X.array().square().cwiseProduct(weights.array()).sum());
}

struct Way {
  const char* name;
  std::function<void(FactorizeOptions&)> choose;
  bool sparse = false;
};

std::vector<Way> ways() {
  return {{"hals", [](FactorizeOptions&) {}},
          {"bpp", [](FactorizeOptions& o) { o.nnls = NnlsKind::bpp; }},
          {"clip", [](FactorizeOptions& o) { o.nnls = NnlsKind::clip; }},
          {"mu", [](FactorizeOptions& o) { o.solver = SolverKind::mu; }},
          {"sketch", [](FactorizeOptions& o) { o.sketch = 8; }},
          {"race", [](FactorizeOptions& o) { o.race = true; }},
          {"columns", [](FactorizeOptions& o) { o.init = StartKind::columns; }},
          {"penalties",
           [](FactorizeOptions& o) {
             o.penalties = {0.01, 0.02, 0.01, 0.03};
           }},
          {"entries", [](FactorizeOptions& o) { o.unstored = 0.3; }, true},
          {"missing", [](FactorizeOptions& o) { o.unstored = 0; }, true},
          {"mu of entries",
           [](FactorizeOptions& o) {
             o.unstored = 0.3;
             o.solver = SolverKind::mu;
           },
           true}};
}

/// Each way of counting components that are fixed, by each solver.
void for_all(const std::function<void(const Example&, const FactorizeOptions&)>& check) {
  for (const auto& [in_A, in_S] :
       {std::pair{kFixed, Index{0}}, std::pair{Index{0}, kFixed}, std::pair{kFixed, kFixed}}) {
    for (const Way& way : ways()) {
      SCOPED_TRACE(std::string(way.name) + ", " + std::to_string(in_A) + " of A, " +
                   std::to_string(in_S) + " of S");
      Example what = example(in_A, in_S);
      what.sparse = way.sparse;
      FactorizeOptions options = options_for(what);
      way.choose(options);
      check(what, options);
    }
  }
}

/// Those that the options can run on; some of them on many processes.
std::vector<JobPlan> plans_for(const Communicator& world, const FactorizeOptions& options) {
  std::vector<JobPlan> plans;
  for (JobPlan plan : job_plans(world.size(), options.restarts)) {
    if (options.unstored != 1 && plan.grid.columns > 1) continue;
    if (options.unstored != 1) plan.batch = 1;
    plans.push_back(plan);
  }
  if (world.size() <= 3) return plans;
  return {plans.front(), plans[plans.size() / 2]};
}

TEST(Fixed, PartsStayBitForBitOnAnyLayout) {
  const Communicator world = Communicator::world();
  for_all([&](const Example& what, const FactorizeOptions& options) {
    const WholeRun alone = run_fixed_alone(world, what, options);
    const Matrix weights = weights_of(what, options);
    for (const JobPlan& plan : plans_for(world, options)) {
      SCOPED_TRACE(name_of(plan));
      const WholeRun found = run_fixed(world, plan, what, options);
      expect_fixed(found.factors, what);
      EXPECT_NEAR(found.best.relative_error, explicit_error(what, weights, found.factors), 1e-12);
      if (!options.race) expect_same_traces(found, alone, 1e-8);
    }
  });
}

TEST(Fixed, FreePartsAreStationary) {
  const Communicator world = Communicator::world();
  for (const auto& [in_A, in_S] :
       {std::pair{kFixed, Index{0}}, std::pair{Index{0}, kFixed}, std::pair{kFixed, kFixed}}) {
    for (const double unstored : {1.0, 0.3}) {
      for (const Penalties& penalties : {Penalties{}, Penalties{0.01, 0.02, 0.02, 0.01}}) {
        SCOPED_TRACE(std::to_string(in_A) + " of A, " + std::to_string(in_S) + " of S, unstored " +
                     std::to_string(unstored));
        Example what = example(in_A, in_S);
        what.sparse = true;
        FactorizeOptions options = options_for(what);
        options.nnls = NnlsKind::bpp;
        options.unstored = unstored;
        options.penalties = penalties;
        options.restarts = 1;
        options.stop.max_iterations = 3000;
        const JobPlan plan{.groups = 1, .grid = {world.size(), 1}, .restarts = 1};
        const WholeFactors found = run_fixed(world, plan, what, options).factors;
        const Matrix weights = weights_of(what, options);
        EXPECT_LT(violation(what.X, weights, found.A, found.S, in_A, penalties.of_A()), 1e-5);
        EXPECT_LT(violation(what.X.transpose(), weights.transpose(), found.S, found.A, in_S,
                            penalties.of_S()),
                  1e-5);
      }
    }
  }
}

TEST(Fixed, AllOfOneFactorLeavesAnExactProblem) {
  const Communicator world = Communicator::world();
  for (const Side side : {Side::A, Side::S}) {
    for (const SolverKind solver : {SolverKind::als, SolverKind::mu}) {
      for (const double unstored : {1.0, 0.3}) {
        for (const Penalties& penalties : {Penalties{}, Penalties{0.01, 0.02, 0.02, 0.01}}) {
          Example what = side == Side::A ? example(kComponents, 0) : example(0, kComponents);
          what.sparse = true;
          FactorizeOptions options = options_for(what);
          options.restarts = 1;
          options.solver = solver;
          options.unstored = unstored;
          options.penalties = penalties;
          options.stop = {};
          const JobPlan plan{.groups = 1, .grid = {world.size(), 1}, .restarts = 1};
          const WholeRun run = run_fixed(world, plan, what, options);
          const WholeFactors& found = run.factors;
          const Matrix weights = weights_of(what, options);
          expect_fixed(found, what);
          EXPECT_EQ(run.best.stop, StopReason::converged);
          const double worst =
              side == Side::S ? violation(what.X, weights, found.A, found.S, 0, penalties.of_A())
                              : violation(what.X.transpose(), weights.transpose(), found.S, found.A,
                                          0, penalties.of_S());
          EXPECT_LT(worst, 1e-9);
        }
      }
    }
  }
}

TEST(Fixed, TheirUnitsDoNotMatter) {
  const Communicator world = Communicator::world();
  const Example what = example(kFixed, 0);
  Example other = what;
  const std::vector<int> exponents = {-70, 60};
  for (Index j = 0; j < kFixed; ++j) {
    other.fixed_A.col(j) *= std::ldexp(1.0, exponents[static_cast<std::size_t>(j)]);
  }
  const FactorizeOptions options = options_for(what);
  const JobPlan plan = squarest(world, options.restarts);
  const WholeRun one = run_fixed(world, plan, what, options);
  const WholeRun two = run_fixed(world, plan, other, options);
  expect_same_traces(two, one, 0);
  expect_fixed(two.factors, other);
  EXPECT_TRUE(one.factors.A.rightCols(kComponents - kFixed) ==
              two.factors.A.rightCols(kComponents - kFixed));
  for (Index j = 0; j < kFixed; ++j) {
    const double unit = std::ldexp(1.0, exponents[static_cast<std::size_t>(j)]);
    EXPECT_TRUE(one.factors.S.col(j) == two.factors.S.col(j) * unit);
  }
}

TEST(Fixed, MoreComponentsThanColumnsMayBeFixed) {
  const Communicator world = Communicator::world();
  Example what = example(0, 0);
  what.fixed_A = Matrix::Zero(kRows, 25);
  for (Index i = 0; i < kRows; ++i) {
    for (Index j = 0; j < 25; ++j) what.fixed_A(i, j) = i == j ? 1 : 0.1 * double((i * j) % 3);
  }
  FactorizeOptions options = options_for(what);
  options.components = 26;
  const WholeRun found = run_fixed(world, squarest(world, options.restarts), what, options);
  expect_fixed(found.factors, what);
  EXPECT_TRUE(std::isfinite(found.best.relative_error));
}

/// Stops on one process after so many questions.
RunHooks stop_after(const Communicator& world, Index polls) {
  RunHooks hooks;
  if (world.rank() == world.size() - 1) {
    hooks.stop_requested = [polls, asked = Index{0}]() mutable { return ++asked >= polls; };
  }
  return hooks;
}

TEST(Fixed, ContinuesBitForBit) {
  const Communicator world = Communicator::world();
  for_all([&](const Example& what, FactorizeOptions options) {
    options.restarts = 1;
    options.race = false;
    JobPlan plan = squarest(world);
    if (options.unstored != 1) plan.grid = {world.size(), 1};
    const WholeRun whole = run_fixed(world, plan, what, options);
    const Folder folder(world);
    const CheckpointOptions checkpoint{.folder = folder.file("checkpoint")};
    WholeRun part = run_fixed(world, plan, what, options, checkpoint, stop_after(world, 13));
    EXPECT_EQ(part.best.stop, StopReason::interrupted);
    expect_fixed(part.factors, what);
    part = run_fixed(world, plan, what, options, checkpoint);
    expect_same_traces(part, whole, 0);
    EXPECT_TRUE(part.factors.A == whole.factors.A);
    EXPECT_TRUE(part.factors.S == whole.factors.S);
  });
}

TEST(Fixed, OthersAreNotContinued) {
  const Communicator world = Communicator::world();
  const Example what = example(kFixed, 0);
  const FactorizeOptions options = options_for(what);
  const JobPlan plan = squarest(world, options.restarts);
  const Folder folder(world);
  const CheckpointOptions checkpoint{.folder = folder.file("checkpoint")};
  (void)run_fixed(world, plan, what, options, checkpoint, stop_after(world, 13));
  Example other = what;
  other.fixed_A(kRows - 1, 1) += 1e-12;
  try {
    (void)run_fixed(world, plan, other, options, checkpoint);
    ADD_FAILURE() << "it continues a run of other components";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_NE(std::string(error.what()).find("fixed components"), std::string::npos)
        << error.what();
  }
}

/// @return what is said of a request that is refused on every process.
std::string refusal_of(const Communicator& world, const Example& what,
                       const FactorizeOptions& options) {
  try {
    (void)run_fixed(world, squarest(world, options.restarts), what, options);
  } catch (const Error& error) {
    return error.what();
  }
  ADD_FAILURE() << "it is not refused";
  return "";
}

TEST(Fixed, WhatCannotBeIsRefused) {
  const Communicator world = Communicator::world();
  const auto expect = [&](const Example& what, const FactorizeOptions& options,
                          const std::string& mention) {
    EXPECT_NE(refusal_of(world, what, options).find(mention), std::string::npos) << mention;
  };
  Example what = example(kFixed, 0);
  FactorizeOptions options = options_for(what);
  options.solver = SolverKind::kaczmarz;
  expect(what, options, "--fix-A");
  options = options_for(what);
  options.schedule = Schedule::random;
  expect(what, options, "--fix-A");
  options = options_for(what);
  options.components = 1;
  expect(what, options, "more than -k 1");
  expect(example(2, 1), options_for(example(2, 1)), "the same components");
  expect(example(4, 4), options_for(example(4, 4)), "nothing to fit");
  Example bad = what;
  bad.fixed_A(kRows - 1, 1) = -1;
  expect(bad, options_for(bad), "row 29, column 2");
  bad = what;
  bad.fixed_A.col(1).setZero();
  expect(bad, options_for(bad), "component 2 is all zeros");
}

}  // namespace
}  // namespace partita::testing
