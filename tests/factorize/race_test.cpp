#include "factorize/run/race.hpp"

#include <limits>
#include <map>
#include <vector>

#include <gtest/gtest.h>

#include "support/matrices.hpp"

namespace partita::testing {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(RaceStages, KeepAQuarterAndThenHalvesUntilTwoToFourAreLeft) {
  EXPECT_TRUE(race_stages(1).empty());
  EXPECT_TRUE(race_stages(2).empty());
  const std::map<Index, Index> finishers{{3, 2},  {5, 2},  {16, 2},  {24, 3},
                                         {32, 4}, {33, 4}, {1000, 4}};
  for (const auto& [restarts, expected] : finishers) {
    Index left = restarts;
    Index begin = 0;
    for (const RaceStage& stage : race_stages(restarts)) {
      EXPECT_EQ(stage.begin, begin);
      EXPECT_GT(stage.end, begin);
      EXPECT_LT(stage.survivors, left);
      EXPECT_GE((begin == 0 ? 4 : 2) * stage.survivors, left) << "never more leave at once";
      begin = stage.end;
      left = stage.survivors;
    }
    EXPECT_EQ(left, expected) << restarts;
  }
}

TEST(RaceLosers, AreThoseWithTheLargestErrors) {
  EXPECT_EQ(race_losers(std::vector{0.5, 0.1, 0.4, 0.2}, 2), (std::vector<Index>{0, 2}));
  EXPECT_EQ(race_losers(std::vector{0.1, 0.1, 0.1}, 2), (std::vector<Index>{2})) << "the first win";
  EXPECT_EQ(race_losers(std::vector{kNaN, 0.3, kInfinity, 0.1}, 2), (std::vector<Index>{0}))
      << "NaN is the worst; those already out are not in the race";
  EXPECT_TRUE(race_losers(std::vector{0.3, kInfinity}, 2).empty());
}

FactorizeOptions options_of(Index restarts, bool race) {
  FactorizeOptions options;
  options.components = 4;
  options.restarts = restarts;
  options.first_restart = 2;
  options.race = race;
  options.seed = 11;
  options.stop.max_iterations = 40;
  options.stop.tolerance = 0;
  return options;
}

Matrix noisy() {
  return low_rank_matrix(
      {.rows = 40, .columns = 31, .components = 4, .noise = 0.1, .density = 0.7, .seed = 5});
}

/// The race replayed on the traces of restarts that all ran to their ends.
std::map<Index, Index> iterations_of(const std::vector<RestartResult>& whole) {
  std::map<Index, Index> iterations;
  std::vector<double> errors(whole.size());
  std::vector<bool> out(whole.size(), false);
  for (const RestartResult& r : whole) iterations[r.restart] = r.iterations;
  for (const RaceStage& stage : race_stages(static_cast<Index>(whole.size()))) {
    for (std::size_t i = 0; i < whole.size(); ++i) {
      const auto end = static_cast<std::size_t>(stage.end);
      errors[i] = out[i] ? kInfinity : whole[i].trace[end].relative_error;
    }
    for (const Index i : race_losers(errors, stage.survivors)) {
      out[static_cast<std::size_t>(i)] = true;
      iterations[whole[static_cast<std::size_t>(i)].restart] = stage.end;
    }
  }
  return iterations;
}

TEST(Race, DropsOnEveryLayoutWhatIsBehind) {
  const Communicator world = Communicator::world();
  constexpr Index kRestarts = 9;
  const WholeRun whole =
      run(world, squarest(world, kRestarts), noisy(), options_of(kRestarts, false));
  const std::map<Index, Index> expected = iterations_of(whole.restarts);
  for (JobPlan plan : job_plans(world.size(), kRestarts)) {
    for (const Index batch : {1, 4, 9}) {
      plan.batch = batch;
      SCOPED_TRACE(name_of(plan));
      const WholeRun raced = run(world, plan, noisy(), options_of(kRestarts, true));
      ASSERT_EQ(raced.restarts.size(), whole.restarts.size());
      Index dropped = 0;
      for (std::size_t i = 0; i < raced.restarts.size(); ++i) {
        const RestartResult& r = raced.restarts[i];
        EXPECT_EQ(r.restart, whole.restarts[i].restart);
        EXPECT_EQ(r.iterations, expected.at(r.restart));
        ASSERT_EQ(static_cast<Index>(r.trace.size()), r.iterations + 1);
        for (std::size_t t = 0; t < r.trace.size(); ++t) {
          const double error = whole.restarts[i].trace[t].relative_error;
          EXPECT_NEAR(r.trace[t].relative_error, error, 1e-8 * error);
        }
        dropped += r.stop == StopReason::dropped ? 1 : 0;
      }
      EXPECT_EQ(dropped, kRestarts - 2);
      EXPECT_NE(raced.best.stop, StopReason::dropped);
      EXPECT_NEAR(plain_relative_error(noisy(), raced.factors), raced.best.relative_error, 1e-12);
    }
  }
}

TEST(Race, OfTwoIsNone) {
  const Communicator world = Communicator::world();
  const WholeRun raced = run(world, squarest(world, 2), noisy(), options_of(2, true));
  for (const RestartResult& r : raced.restarts) EXPECT_EQ(r.stop, StopReason::max_iterations);
}

}  // namespace
}  // namespace partita::testing
