// What the pool of fits measures, against plain loops, on any number of processes; and what it
// keeps when it is stopped.
#include "select/measure/fit_pool.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "factorize/matrix/hold_out.hpp"
#include "support/files.hpp"
#include "support/matrices.hpp"

namespace partita::testing {
namespace {

constexpr Index kHeight = 41;
constexpr Index kWidth = 30;

Matrix noisy() {
  return low_rank_matrix(
      {.rows = kHeight, .columns = kWidth, .components = 3, .noise = 0.2, .seed = 3});
}

PoolOptions pool_options() {
  PoolOptions options;
  options.fit.seed = 5;
  options.fit.stop.max_iterations = 60;
  options.restarts = 3;
  return options;
}

const std::vector<FitTask> kTasks = {
    {FitKind::holdout, 2, 0},           {FitKind::holdout, 4, 1},
    {FitKind::bicrossvalidation, 3, 0}, {FitKind::bicrossvalidation, 3, 1},
    {FitKind::bicrossvalidation, 3, 2}, {FitKind::bicrossvalidation, 3, 3},
    {FitKind::recurrence, 3, 0}};

/// Every way to make groups of whole rows from that many processes.
std::vector<JobPlan> plans(Index processes) {
  std::vector<JobPlan> found;
  for (Index groups = 1; groups <= processes; ++groups) {
    if (processes % groups != 0) continue;
    found.push_back({.groups = groups,
                     .grid = {processes / groups, 1},
                     .batch = 1,
                     .restarts = static_cast<Index>(kTasks.size())});
  }
  return found;
}

RunIdentity identity() {
  return {{"seed", "5"}};
}

std::vector<FitMeasures> measured(const Communicator& world, const JobPlan& plan,
                                  const PoolOptions& options, const std::vector<FitTask>& tasks,
                                  const CheckpointOptions& checkpoint = {},
                                  const PoolHooks& hooks = {}, bool sparse = false) {
  const auto X = spread<double>(world, plan, noisy(), sparse);
  SavedFits saved(world, checkpoint, identity(), hooks.on_warning);
  FitPool<double> pool(world, plan, X ? &*X : nullptr, options, saved, hooks);
  return pool.measure(tasks);
}

/// 1 x 1: what one process alone finds.
std::vector<FitMeasures> alone(const Communicator& world, const PoolOptions& options) {
  const Communicator here = world.split(world.rank());
  return measured(here, {.restarts = static_cast<Index>(kTasks.size())}, options, kTasks);
}

void expect_equal(const FitMeasures& found, const FitMeasures& expected, double tolerance) {
  for (std::size_t i = 0; i < FitMeasures::kNumbers; ++i) {
    const double wanted = expected.numbers()[i];
    if (std::isnan(wanted)) {
      EXPECT_TRUE(std::isnan(found.numbers()[i])) << i;
    } else {
      EXPECT_NEAR(found.numbers()[i], wanted, tolerance * std::abs(wanted)) << i;
    }
  }
}

TEST(FitPool, EveryLayoutMeasuresTheSame) {
  const Communicator world = Communicator::world();
  const std::vector<FitMeasures> expected = alone(world, pool_options());
  for (const JobPlan& plan : plans(world.size())) {
    SCOPED_TRACE(name_of(plan));
    const auto found = measured(world, plan, pool_options(), kTasks);
    for (std::size_t t = 0; t < kTasks.size(); ++t) {
      SCOPED_TRACE(kTasks[t].name());
      expect_equal(found[t], expected[t], 1e-7);
    }
  }
}

/// But for the sweeps of a row, whose number goes with what is stored.
TEST(FitPool, QuartersOfSparseMatricesAreMuchTheSame) {
  const Communicator world = Communicator::world();
  const std::vector<FitTask> tasks(kTasks.begin() + 2, kTasks.begin() + 6);
  const JobPlan plan{.groups = 1, .grid = {world.size(), 1}, .restarts = 4};
  const auto dense = measured(world, plan, pool_options(), tasks);
  const auto sparse = measured(world, plan, pool_options(), tasks, {}, {}, true);
  for (std::size_t t = 0; t < tasks.size(); ++t) expect_equal(sparse[t], dense[t], 0.02);
}

/// The same fit and the errors of what was held out, by loops over the whole matrix.
TEST(FitPool, AMaskIsJudgedByWhatItHoldsOut) {
  const Communicator world = Communicator::world();
  const JobPlan plan{.groups = 1, .grid = {world.size(), 1}, .restarts = 1};
  const PoolOptions options = pool_options();
  const HeldOutShare share = part_of_entries(options.share, 1, options.fit.seed);
  const Matrix X = noisy();
  const auto spread_X = spread<double>(world, plan, X);
  const HeldOut<double> held_out = hold_out(*spread_X, share);
  FactorizeOptions fit = options.fit;
  fit.components = 4;
  fit.weighted = true;
  fit.entry_rule = EntryRuleKind::gram;
  fit.restarts = 1;
  fit.first_restart = 1;
  const Factorization found = factorize(world, plan, &held_out.rest, fit);
  const WholeFactors factors = collect(world, found.factors, kHeight, kWidth, 4);
  const Matrix model = factors.A * factors.S.transpose();
  const auto is_out = [&](Index i, Index j) { return share.has(i, j); };
  double sum = 0;
  double count = 0;
  for (Index i = 0; i < kHeight; ++i) {
    for (Index j = 0; j < kWidth; ++j) {
      if (!is_out(i, j)) continue;
      double most = 0;
      for (Index other = 0; other < kWidth; ++other) {
        if (!is_out(i, other)) most = std::max(most, X(i, other));
      }
      for (Index other = 0; other < kHeight; ++other) {
        if (!is_out(other, j)) most = std::max(most, X(other, j));
      }
      sum += std::pow(X(i, j) - std::min(most, model(i, j)), 2);
      count += 1;
    }
  }
  const auto measures = measured(world, plan, options, {{FitKind::holdout, 4, 1}});
  EXPECT_NEAR(measures[0].held_out, sum / count, 1e-9);
  EXPECT_NEAR(measures[0].training, found.best.relative_error, 1e-12);
}

/// The true rank of a matrix without noise predicts its quarters from each other; fewer do not.
TEST(FitPool, QuartersFollowFromEachOtherWhereTheRankIsRight) {
  const Communicator world = Communicator::world();
  Matrix A(kHeight, 2);
  Matrix S(2, kWidth);
  for (Index i = 0; i < kHeight; ++i) A.row(i) << 1 + std::sin(0.7 * double(i)), double(i % 4);
  for (Index j = 0; j < kWidth; ++j) S.col(j) << 1 + std::cos(0.4 * double(j)), double(j % 3);
  const Matrix X = A * S;
  const JobPlan plan{.groups = 1, .grid = {1, world.size()}, .restarts = 8};
  const auto spread_X = spread<double>(world, plan, X);
  PoolOptions options = pool_options();
  options.fit.stop.max_iterations = 500;
  options.fit.stop.tolerance = 1e-9;
  SavedFits saved(world, {}, identity(), {});
  FitPool<double> pool(world, plan, &*spread_X, options, saved, {});
  std::vector<FitTask> tasks;
  for (const Index k : {1, 2}) {
    for (Index fold = 0; fold < kFoldsOfQuarters; ++fold) {
      tasks.push_back({FitKind::bicrossvalidation, k, fold});
    }
  }
  const auto found = pool.measure(tasks);
  for (std::size_t fold = 0; fold < 4; ++fold) {
    EXPECT_GT(found[fold].held_out, 0.1);
    EXPECT_LT(found[fold + 4].held_out, 0.01);
  }
}

TEST(FitPool, GoesOnAfterAStopBitForBit) {
  const Communicator world = Communicator::world();
  for (const JobPlan& plan : plans(world.size())) {
    SCOPED_TRACE(name_of(plan));
    const auto expected = measured(world, plan, pool_options(), kTasks);
    const Folder folder(world);
    const CheckpointOptions checkpoint{.folder = folder.file("fits")};
    Index done = 0;
    PoolHooks hooks;
    hooks.on_fit = [&](const PoolProgress& /*progress*/) { ++done; };
    hooks.stop_requested = [&] { return done >= 1; };
    EXPECT_THROW(
        static_cast<void>(measured(world, plan, pool_options(), kTasks, checkpoint, hooks)), Error);
    std::string told;
    Index repeated = 0;
    PoolHooks going_on;
    going_on.on_warning = [&](const std::string& text) { told = text; };
    going_on.on_fit = [&](const PoolProgress& /*progress*/) { ++repeated; };
    const auto found = measured(world, plan, pool_options(), kTasks, checkpoint, going_on);
    for (std::size_t t = 0; t < kTasks.size(); ++t) {
      SCOPED_TRACE(kTasks[t].name());
      expect_equal(found[t], expected[t], 0);
    }
    if (world.is_root()) {
      EXPECT_NE(told.find("continues"), std::string::npos) << told;
    }
    EXPECT_LT(sum_over(world, repeated), static_cast<Index>(kTasks.size()));
  }
}

TEST(FitPool, AFailureInOneGroupIsTheSameErrorInAll) {
  const Communicator world = Communicator::world();
  const JobPlan plan{
      .groups = world.size(), .grid = {1, 1}, .restarts = static_cast<Index>(kTasks.size())};
  PoolOptions options = pool_options();
  options.fit.draws.push_back({});  // no solver by sweeps replays draws
  std::string told;
  try {
    static_cast<void>(measured(world, plan, options, kTasks));
  } catch (const Error& error) {
    told = error.what();
    EXPECT_EQ(error.kind(), ErrorKind::usage);
  }
  std::string first = told;
  broadcast(world, first, 0);
  EXPECT_FALSE(told.empty());
  EXPECT_EQ(told, first);
}

TEST(SavedFits, AreOfTheSameRunOnly) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const CheckpointOptions options{.folder = folder.file("fits")};
  const FitTask task{FitKind::holdout, 7, 2};
  SavedFits saved(world, options, identity(), {});
  saved.add(task, {.held_out = 0.1, .training = std::numeric_limits<double>::infinity()});
  EXPECT_TRUE(saved.save(world, 0));

  const SavedFits again(world, options, identity(), {});
  ASSERT_TRUE(again.find(task));
  EXPECT_EQ(again.find(task)->held_out, 0.1);
  EXPECT_EQ(again.find(task)->training, std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(again.find(task)->silhouette_mean));
  EXPECT_FALSE(again.find({FitKind::holdout, 7, 3}));
  try {
    const SavedFits other(world, options, {{"seed", "6"}}, {});
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("seed is 5 there and 6 here"), std::string::npos)
        << error.what();
  }
  const CheckpointOptions anew{.folder = options.folder, .resume = ResumePolicy::never};
  EXPECT_EQ(SavedFits(world, anew, identity(), {}).size(), 0u);
  const CheckpointOptions required{.folder = options.folder, .resume = ResumePolicy::require};
  EXPECT_THROW(SavedFits(world, required, identity(), {}), Error);
}

TEST(SavedFits, ADamagedFileIsToldAndNotUsed) {
  const Communicator world = Communicator::world();
  const Folder folder(world);
  const CheckpointOptions options{.folder = folder.file("fits")};
  SavedFits saved(world, options, identity(), {});
  saved.add({FitKind::holdout, 7, 2}, {.held_out = 0.1});
  EXPECT_TRUE(saved.save(world, 0));
  static_cast<void>(folder.put("fits/group-0.checkpoint", "not one"));
  std::string told;
  const SavedFits again(world, options, identity(), [&](const std::string& text) { told = text; });
  EXPECT_EQ(again.size(), 0u);
  if (world.is_root()) {
    EXPECT_NE(told.find("not used"), std::string::npos) << told;
  }
}

TEST(Deal, TheLongestFirstToWhoHasLeast) {
  std::vector<FitTask> tasks;
  for (Index k = 1; k <= 20; ++k) {
    for (Index mask = 0; mask < 3; ++mask) tasks.push_back({FitKind::holdout, k, mask});
  }
  for (const Index groups : {1, 2, 3, 7}) {
    const std::vector<Index> dealt = deal(tasks, groups, 6);
    std::vector<double> load(static_cast<std::size_t>(groups), 0.0);
    for (std::size_t t = 0; t < tasks.size(); ++t) {
      load[static_cast<std::size_t>(dealt[t])] += 4 + static_cast<double>(tasks[t].components);
    }
    EXPECT_LT(*std::ranges::max_element(load), 1.1 * *std::ranges::min_element(load));
  }
  EXPECT_TRUE(deal({}, 4, 6).empty());
}

}  // namespace
}  // namespace partita::testing
