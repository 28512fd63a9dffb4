// What the restarts of a group share while they run, and the log of one of them; no solver.
#include "factorize/solve/run_control.hpp"

#include <limits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "comm/collectives.hpp"

namespace partita::testing {
namespace {

constexpr double kForever = std::numeric_limits<double>::infinity();
const StopRule kTenPasses({.max_iterations = 10, .tolerance = 0}, -1);

TracePoint point(Index iteration, double seconds, double error) {
  return {iteration, seconds, error, 2 * error};
}

TEST(RestartLog, CountsSecondsFromItsFirstRecord) {
  RestartLog log(7, kTenPasses);
  EXPECT_TRUE(log.empty());
  EXPECT_TRUE(log.begins());
  log.record(point(0, 100, 1));
  EXPECT_FALSE(log.begins());
  log.record(point(1, 102.5, 0.5));
  EXPECT_EQ(log.trace()[0].seconds, 0);
  EXPECT_EQ(log.last().seconds, 2.5);
  const RestartResult result = log.take();
  EXPECT_EQ(result.restart, 7);
  EXPECT_EQ(result.iterations, 1);
  EXPECT_EQ(result.relative_error, 0.5);
  EXPECT_EQ(result.objective, 1.0);
  EXPECT_EQ(result.seconds, 2.5);
}

TEST(RestartLog, CountsSecondsFromWhereItBegan) {
  RestartLog log(0, kTenPasses);
  log.begin_at(40);
  log.record(point(0, 41, 1));
  EXPECT_EQ(log.last().seconds, 1);
}

TEST(RestartLog, TheRuleEndsIt) {
  RestartLog log(0, kTenPasses);
  for (Index iteration = 0; iteration < 10; ++iteration) {
    log.record(point(iteration, 0, 1));
    ASSERT_FALSE(log.finished()) << iteration;
  }
  log.record(point(10, 0, 1));
  EXPECT_TRUE(log.finished());
  EXPECT_EQ(log.take().stop, StopReason::max_iterations);
}

TEST(RestartLog, AnotherRuleLooksAtTheTraceFromThereOn) {
  const StopRule falling({.max_iterations = 100, .tolerance = 1e-3}, -1);
  RestartLog log(0, kTenPasses);
  for (Index iteration = 0; iteration <= 10; ++iteration) log.record(point(iteration, 0, 1));
  log.continue_with(falling);
  EXPECT_EQ(log.judged_from(), 10);
  EXPECT_FALSE(log.finished()) << "its window begins anew";
  for (Index iteration = 11; iteration < 20; ++iteration) {
    log.record(point(iteration, 0, 1));
    ASSERT_FALSE(log.finished()) << iteration;
  }
  log.record(point(20, 0, 1));
  EXPECT_TRUE(log.finished());
  EXPECT_EQ(log.take().stop, StopReason::converged);
}

TEST(RestartLog, GoesOnWhereItWasSaved) {
  RestartLog log(3, kTenPasses);
  log.resume({point(0, 0, 1), point(1, 4, 0.5)}, 1, 1000);
  EXPECT_EQ(log.judged_from(), 1);
  EXPECT_FALSE(log.begins());
  log.record(point(2, 1003, 0.25));
  EXPECT_EQ(log.last().seconds, 7) << "the seconds between the runs do not count";
  const RestartResult result = log.take();
  EXPECT_EQ(result.trace.size(), 3U);
  EXPECT_EQ(result.iterations, 2);
}

TEST(RestartLog, TakesItsLastPointAgain) {
  RestartLog log(3, kTenPasses);
  log.retake_last({point(0, 0, 1), point(5, 4, 0.5)}, 1000);
  EXPECT_TRUE(log.begins()) << "the point is missing";
  EXPECT_EQ(log.judged_from(), 1);
  log.record(point(5, 1001, 0.75));
  EXPECT_FALSE(log.begins());
  EXPECT_EQ(log.trace().size(), 2U);
  EXPECT_EQ(log.last().relative_error, 0.75);
  EXPECT_EQ(log.last().seconds, 5);
}

/// What the group agrees on: wishes of every process, added up.
void agree_on_wishes(RunControl& control, const Communicator& group) {
  RunControl::Wishes wishes = control.wishes();
  sum_over<double>(group, wishes);
  control.agree(wishes);
}

TEST(RunControl, OneProcessAsksAndAllStop) {
  const Communicator group = Communicator::world();
  for (int asking = 0; asking < group.size(); ++asking) {
    bool asked = false;
    RunHooks hooks;
    hooks.stop_requested = [&] { return asked && group.rank() == asking; };
    RunControl control({}, hooks, group.is_root(), kForever, nullptr);
    agree_on_wishes(control, group);
    EXPECT_FALSE(control.early().has_value());
    EXPECT_FALSE(control.checkpoint_due());
    asked = true;
    agree_on_wishes(control, group);
    EXPECT_EQ(control.early(), StopReason::interrupted);
    EXPECT_TRUE(control.checkpoint_due()) << "what stops early is saved";
  }
}

TEST(RunControl, StopsWhereTheNextIterationWouldPassTheLimit) {
  const Communicator group = Communicator::world();
  const RunHooks hooks;
  RunControl over({.max_seconds = 0}, hooks, group.is_root(), kForever, nullptr);
  agree_on_wishes(over, group);
  EXPECT_EQ(over.early(), StopReason::time_limit);
  RunControl never({.max_seconds = kForever}, hooks, group.is_root(), kForever, nullptr);
  agree_on_wishes(never, group);
  EXPECT_FALSE(never.early().has_value());
}

TEST(RunControl, HearsOfTheEndFromOutsideOnAnyProcess) {
  const Communicator group = Communicator::world();
  RunHooks hooks;
  hooks.seconds_left = [&] { return group.rank() == group.size() - 1 ? 0.0 : kForever; };
  RunControl control({}, hooks, group.is_root(), kForever, nullptr);
  agree_on_wishes(control, group);
  EXPECT_EQ(control.early(), StopReason::time_limit);
}

TEST(RunControl, BeingAskedGoesBeforeTheTime) {
  const Communicator group = Communicator::world();
  RunHooks hooks;
  hooks.stop_requested = [] { return true; };
  RunControl control({.max_seconds = 0}, hooks, group.is_root(), kForever, nullptr);
  agree_on_wishes(control, group);
  EXPECT_EQ(control.early(), StopReason::interrupted);
}

TEST(RunControl, TheRootKeepsTheTimeOfCheckpoints) {
  const Communicator group = Communicator::world();
  const RunHooks hooks;
  RunControl always({}, hooks, group.is_root(), 0, nullptr);
  agree_on_wishes(always, group);
  EXPECT_TRUE(always.checkpoint_due());
  EXPECT_FALSE(always.early().has_value());
  always.checkpoint_done();
  EXPECT_FALSE(always.checkpoint_due());
  RunControl nobody({}, hooks, false, 0, nullptr);
  agree_on_wishes(nobody, group);
  EXPECT_FALSE(nobody.checkpoint_due()) << "no process keeps the time";
}

TEST(RunControl, ReportsOnTheRootAlone) {
  const Communicator group = Communicator::world();
  std::vector<Progress> told;
  RunHooks hooks;
  hooks.on_iteration = [&](const Progress& progress) { told.push_back(progress); };
  const RunControl control({}, hooks, group.is_root(), kForever, nullptr);
  RestartLog log(4, kTenPasses);
  log.record(point(6, 0, 0.5));
  control.report(log);
  ASSERT_EQ(told.size(), group.is_root() ? 1U : 0U);
  if (!group.is_root()) return;
  EXPECT_EQ(told[0].restart, 4);
  EXPECT_EQ(told[0].iteration, 6);
  EXPECT_EQ(told[0].relative_error, 0.5);
}

TEST(RunControl, AGroupThatStopsTellsTheOthers) {
  const Communicator world = Communicator::world();
  const Communicator group = world.split(world.rank());  // every process is a group
  NoticeBoard board(Communicator::world());
  const RunHooks hooks;
  RunControl control({}, hooks, true, kForever, &board);
  if (world.rank() == world.size() - 1) control.stop(StopReason::time_limit);
  while (!control.early()) agree_on_wishes(control, group);
  EXPECT_EQ(control.early(), StopReason::time_limit);
  board.settle();
}

TEST(RunControl, RestartsWaitWhereTheyAreToldTo) {
  const RunHooks hooks;
  RunControl control({}, hooks, true, kForever, nullptr);
  EXPECT_EQ(control.pause(), kNoPause);
  control.pause_at(12);
  EXPECT_EQ(control.pause(), 12);
}

}  // namespace
}  // namespace partita::testing
