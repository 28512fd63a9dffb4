// Starts depend on the seed and the restart only, never on the layout, and fit X as they promise.
#include "init/starts.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/matrices.hpp"

namespace partita::testing {
namespace {

constexpr Index kComponents = 4;

Matrix exact() {
  return low_rank_matrix(
      {.rows = 41, .columns = 23, .components = kComponents, .noise = 0, .density = 1, .seed = 2});
}

FactorizeOptions start_only(StartKind init, Index restarts = 3) {
  FactorizeOptions options;
  options.components = kComponents;
  options.init = init;
  options.restarts = restarts;
  options.seed = 19;
  options.stop.max_iterations = 0;
  return options;
}

std::vector<StartKind> kinds() {
  return {StartKind::random, StartKind::nndsvd, StartKind::columns};
}

TEST(Starts, AreTheSameOnEveryLayout) {
  const Communicator world = Communicator::world();
  for (const StartKind init : kinds()) {
    const FactorizeOptions options = start_only(init);
    for (const bool sparse : {false, true}) {
      const WholeRun alone = run_alone(world, exact(), options, sparse);
      for (const JobPlan& plan : job_plans(world.size(), options.restarts)) {
        SCOPED_TRACE(name_of(plan) + ", start " + std::to_string(static_cast<int>(init)));
        const WholeRun found = run(world, plan, exact(), options, sparse);
        EXPECT_EQ(found.best.restart, alone.best.restart);
        EXPECT_LE((found.factors.A - alone.factors.A).norm(), 1e-9 * alone.factors.A.norm());
        EXPECT_LE((found.factors.S - alone.factors.S).norm(), 1e-9 * alone.factors.S.norm());
        for (std::size_t r = 0; r < 3; ++r) {
          EXPECT_NEAR(found.restarts[r].relative_error, alone.restarts[r].relative_error, 1e-10);
        }
      }
    }
  }
}

TEST(Starts, RestartsAndSeedsDiffer) {
  const Communicator world = Communicator::world();
  for (const StartKind init : kinds()) {
    FactorizeOptions options = start_only(init);
    const JobPlan plan = job_plans(world.size(), 3).front();
    const WholeRun found = run(world, plan, exact(), options);
    EXPECT_NE(found.restarts[0].relative_error, found.restarts[1].relative_error);
    options.seed = 20;
    const WholeRun other = run(world, plan, exact(), options);
    EXPECT_NE(found.restarts[0].relative_error, other.restarts[0].relative_error);
  }
}

TEST(Starts, AreNonNegativeAndAtTheBestScale) {
  const Communicator world = Communicator::world();
  const Matrix X = exact();
  for (const StartKind init : kinds()) {
    const WholeRun found = run(world, job_plans(world.size(), 3).back(), X, start_only(init));
    EXPECT_GE(found.factors.A.minCoeff(), 0);
    EXPECT_GE(found.factors.S.minCoeff(), 0);
    const Matrix model = found.factors.A * found.factors.S.transpose();
    EXPECT_NEAR((model.array() * X.array()).sum() / model.squaredNorm(), 1, 1e-9);
    for (Index j = 0; j < kComponents; ++j) {
      EXPECT_GT(found.factors.A.col(j).norm(), 0) << "no component is dead";
    }
  }
}

TEST(Starts, ThoseFromTheDataAreCloserThanRandomOnes) {
  const Communicator world = Communicator::world();
  const JobPlan plan = job_plans(world.size(), 3).front();
  const double random =
      run(world, plan, exact(), start_only(StartKind::random)).best.relative_error;
  EXPECT_LT(run(world, plan, exact(), start_only(StartKind::nndsvd)).best.relative_error, random);
  EXPECT_LT(run(world, plan, exact(), start_only(StartKind::columns)).best.relative_error,
            1.2 * random);
}

TEST(Starts, RandomOnesAreUniformByGlobalPosition) {
  const RandomField field(7, Purpose::start_A, 2);
  const TallMatrix<double> all = uniform_factor<double>(field, {0, 20}, 3);
  const TallMatrix<double> part = uniform_factor<double>(field, {7, 12}, 3);
  for (Index i = 0; i < 5; ++i) {
    for (Index j = 0; j < 3; ++j) {
      EXPECT_EQ(part(i, j), all(7 + i, j));
      EXPECT_EQ(part(i, j), field.uniform(7 + i, j));
    }
  }
}

TEST(Starts, GivenOnesAreLeftAsTheyAre) {
  const Communicator world = Communicator::world();
  WholeFactors start{Matrix(41, kComponents), Matrix(23, kComponents)};
  for (Index j = 0; j < kComponents; ++j) {
    for (Index i = 0; i < 41; ++i) start.A(i, j) = 1 + double(i * (j + 1) % 7);
    for (Index i = 0; i < 23; ++i) start.S(i, j) = 100 * double(1 + i * (j + 2) % 5);
  }
  for (const JobPlan& plan : job_plans(world.size(), 1)) {
    const WholeRun found = run(world, plan, exact(), start_only(StartKind::given, 1), false, start);
    EXPECT_EQ(found.factors.A, start.A);
    EXPECT_EQ(found.factors.S, start.S);
  }
}

TEST(Starts, MoreComponentsThanTheRankStayFinite) {
  const Communicator world = Communicator::world();
  FactorizeOptions options = start_only(StartKind::nndsvd);
  options.components = 9;
  const WholeRun found = run(world, job_plans(world.size(), 3).front(), exact(), options);
  EXPECT_TRUE(found.factors.A.allFinite());
  EXPECT_TRUE(found.factors.S.allFinite());
}

}  // namespace
}  // namespace partita::testing
