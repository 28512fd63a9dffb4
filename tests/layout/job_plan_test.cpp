// The plan of a job for as many as 100,000 processes: arithmetic only.
#include "partita/layout/job_plan.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "layout/pass_cost.hpp"
#include "layout/plan_search.hpp"
#include "layout/shortcuts.hpp"

namespace partita {
namespace {

JobFacts dense_job(Index processes) {
  return {.rows = 60000,
          .columns = 784,
          .stored = Index{60000} * 784,
          .components = 16,
          .restarts = 5,
          .processes = processes};
}

TEST(JobPlan, UsesEveryProcess) {
  for (const Index p : {1, 2, 3, 5, 7, 12, 97, 1009, 4096, 99991, 100000}) {
    const JobPlan plan = make_plan(dense_job(p), {});
    EXPECT_EQ(plan.groups * plan.grid.processes(), p);
    EXPECT_GE(plan.batch, 1);
    EXPECT_GT(plan.bytes_per_process, 0);
  }
}

/// A sparse X of a trillion entries, whose factors alone fill one process many times.
JobFacts huge_job() {
  return {.rows = Index{5} << 33,
          .columns = 70'001,
          .stored = Index{1} << 40,
          .sparse = true,
          .components = 32,
          .restarts = 40,
          .iterations = 200,
          .processes = 100'000,
          .available_bytes = 4e9,
          .processes_on_node = 64};
}

/// No layout that fits and has as many groups would move less or need another grid.
TEST(JobPlan, HundredThousandProcessesShareAHugeMatrix) {
  const JobFacts facts = huge_job();
  const JobPlan plan = make_plan(facts, {});
  EXPECT_EQ(plan.groups * plan.grid.processes(), facts.processes);
  EXPECT_LE(plan.bytes_per_process, facts.available_bytes);
  EXPECT_DOUBLE_EQ(plan.words_per_pass, words_per_pass(facts, plan.grid));
  const Index size = plan.grid.processes();
  for (Index rows = 1; rows <= size; ++rows) {
    if (size % rows != 0) continue;
    PlanOverrides other;
    other.groups = plan.groups;
    other.grid = {rows, size / rows};
    const JobPlan candidate = make_plan(facts, other);
    if (candidate.bytes_per_process > facts.available_bytes) continue;
    EXPECT_GE(pass_seconds(facts, candidate.grid), pass_seconds(facts, plan.grid));
  }
  Index dealt = 0;
  for (Index group = 0; group < plan.groups; ++group) {
    EXPECT_EQ(plan.restarts_of(group).begin, dealt);
    dealt = plan.restarts_of(group).end;
  }
  EXPECT_EQ(dealt, facts.restarts);
}

TEST(JobPlan, DealsEveryRestartOnce) {
  for (const Index groups : {1, 2, 3, 5, 8}) {
    for (const Index restarts : {1, 3, 5, 16}) {
      const JobPlan plan{.groups = groups, .grid = {1, 1}, .restarts = restarts};
      Index next = 0;
      for (Index g = 0; g < groups; ++g) {
        EXPECT_EQ(plan.restarts_of(g).begin, next);
        EXPECT_EQ(plan.restarts_of(g).empty(), g >= plan.active_groups());
        next = plan.restarts_of(g).end;
      }
      EXPECT_EQ(next, restarts);
    }
  }
}

TEST(JobPlan, PlacesWorldRanks) {
  const JobPlan plan{.groups = 3, .grid = {2, 2}, .restarts = 2};
  EXPECT_EQ(plan.group_of(0), 0);
  EXPECT_EQ(plan.group_of(7), 1);
  EXPECT_EQ(plan.process_in_group(7), 3);
  EXPECT_EQ(plan.active_groups(), 2);
}

TEST(JobPlan, KeepsOverrides) {
  PlanOverrides overrides{.groups = 2, .grid = GridShape{3, 2}, .batch = 2};
  const JobPlan plan = make_plan(dense_job(12), overrides);
  EXPECT_EQ(plan.groups, 2);
  EXPECT_EQ(plan.grid, (GridShape{3, 2}));
  EXPECT_EQ(plan.batch, 2);

  overrides = {.groups = {}, .grid = GridShape{1, 4}, .batch = {}};
  EXPECT_EQ(make_plan(dense_job(12), overrides).groups, 3);
  overrides = {.groups = 12, .grid = {}, .batch = {}};  // more groups than restarts
  const JobPlan many = make_plan(dense_job(12), overrides);
  EXPECT_EQ(many.groups, 12);
  EXPECT_EQ(many.active_groups(), 5);
}

void expect_refused(Index processes, const PlanOverrides& overrides,
                    const std::vector<std::string>& parts) {
  try {
    (void)make_plan(dense_job(processes), overrides);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    for (const std::string& part : parts) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  }
}

TEST(JobPlan, RefusesOverridesThatDoNotFit) {
  expect_refused(6, {.groups = 4, .grid = {}, .batch = {}}, {"--groups 4", "6 processes"});
  expect_refused(6, {.groups = 0, .grid = {}, .batch = {}}, {"--groups 0"});
  expect_refused(6, {.groups = -1, .grid = {}, .batch = {}}, {"--groups -1"});
  expect_refused(6, {.groups = {}, .grid = GridShape{2, 2}, .batch = {}}, {"--grid 2x2"});
  expect_refused(6, {.groups = {}, .grid = GridShape{-1, -6}, .batch = {}}, {"--grid -1x-6"});
  expect_refused(6, {.groups = {}, .grid = GridShape{0, 6}, .batch = {}}, {"--grid 0x6"});
  expect_refused(6, {.groups = 2, .grid = GridShape{3, 2}, .batch = {}},
                 {"--grid 3x2", "--groups 2"});
  expect_refused(6, {.groups = {}, .grid = {}, .batch = 0}, {"--batch"});
}

TEST(JobPlan, BatchesOnlyWhatTheSolverTakes) {
  JobFacts facts = dense_job(1);
  EXPECT_GT(make_plan(facts, {}).batch, 1);
  facts.one_restart_a_batch = true;
  EXPECT_EQ(make_plan(facts, {}).batch, 1);
  EXPECT_EQ(make_plan(facts, {.groups = {}, .grid = {}, .batch = 4}).batch, 1);
}

TEST(JobPlan, StacksRestartsOnSparseDataOnlyToSaveMessages) {
  JobFacts facts{.rows = 100'000,
                 .columns = 50'000,
                 .stored = 5'000'000,
                 .sparse = true,
                 .components = 8,
                 .restarts = 8,
                 .processes = 2};
  const PlanOverrides one_group{.groups = 1, .grid = {}, .batch = {}};
  EXPECT_EQ(make_plan(facts, one_group).batch, 1);
  facts.processes = 4096;
  EXPECT_EQ(make_plan(facts, one_group).batch, 8);
}

TEST(JobPlan, WordsFollowTheFormula) {
  const JobFacts facts = dense_job(12);
  const double n = 60000;
  const double m = 784;
  const double k = 16;
  EXPECT_DOUBLE_EQ(words_per_pass(facts, {1, 1}), 0);
  EXPECT_DOUBLE_EQ(words_per_pass(facts, {12, 1}), 2 * k * m * 11 / 12 + 4 * k * k * 11 / 12);
  EXPECT_DOUBLE_EQ(words_per_pass(facts, {1, 12}), 2 * k * n * 11 / 12 + 4 * k * k * 11 / 12);
  EXPECT_NEAR(words_per_pass(facts, {4, 3}),
              2 * k * (n / 4 * 2 / 3 + m / 3 * 3 / 4) + 4 * k * k * 11 / 12, 1e-6);
}

TEST(JobPlan, TallMatricesGetRowGrids) {
  JobFacts facts = dense_job(4);
  facts.restarts = 1;
  const PlanOverrides one_group{.groups = 1, .grid = {}, .batch = {}};
  EXPECT_EQ(make_plan(facts, one_group).grid, (GridShape{4, 1}));
  std::swap(facts.rows, facts.columns);
  EXPECT_EQ(make_plan(facts, one_group).grid, (GridShape{1, 4}));
}

TEST(JobPlan, SpreadsXWhenMemoryIsShort) {
  JobFacts facts = dense_job(8);
  facts.restarts = 8;
  const JobPlan roomy = make_plan(facts, {});
  EXPECT_EQ(roomy.groups, 8) << "a copy of X each needs no communication";
  facts.available_bytes = 0.5 * roomy.bytes_per_process;
  const JobPlan tight = make_plan(facts, {});
  EXPECT_LT(tight.groups, 8);
  EXPECT_LE(tight.bytes_per_process, facts.available_bytes);
  facts.available_bytes = 1;  // nothing fits: the smallest is chosen
  EXPECT_EQ(make_plan(facts, {}).groups, 1);
}

template <class Change>
JobFacts changed(JobFacts facts, Change change) {
  change(facts);
  return facts;
}

/// Process 0 keeps what has come of every restart.
TEST(JobPlan, ResultsOfManyRestartsTakeMemory) {
  JobFacts facts{.rows = 1000, .columns = 500, .stored = 500'000, .components = 8};
  facts.iterations = 100;
  const double few = make_plan(facts, {}).bytes_per_process;
  facts.restarts = 1'000'000;
  const JobPlan many = make_plan(facts, {});
  EXPECT_GE(many.bytes_of_results, 1e6 * 32 * 101);
  EXPECT_GE(many.bytes_per_process - few, 0.9 * many.bytes_of_results);
  facts.restarts = std::numeric_limits<Index>::max();
  facts.iterations = std::numeric_limits<Index>::max();
  for (const Index processes : {1, 2, 6}) {
    facts.processes = processes;
    PlanOverrides widest;
    widest.batch = std::numeric_limits<Index>::max();
    EXPECT_GT(make_plan(facts, widest).bytes_per_process, 1e18);
    EXPECT_GE(make_plan(facts, {}).restarts_of(0).size(), facts.restarts / processes);
  }
}

/// Where X is only read, its lines count for little more than a bit each.
TEST(JobPlan, SparseXAloneTakesWhatItsEntriesTake) {
  JobFacts facts{.rows = 100'000'000, .columns = 200'000'000, .stored = 2, .sparse = true};
  const double fit = make_plan(facts, {}).bytes_per_process;
  facts.has_factors = false;
  const double read = make_plan(facts, {}).bytes_per_process;
  EXPECT_GE(fit - read, 8.0 * 300'000'000);
  EXPECT_GE(read, 300'000'000 / 8);
  EXPECT_LE(read, 5e8);
}

TEST(JobPlan, SketchesWhereItPays) {
  const JobFacts images{
      .rows = 60000, .columns = 784, .stored = 60000 * 784, .components = 16, .restarts = 5};
  EXPECT_EQ(sketch_rank(images), 42);
  EXPECT_TRUE(sketch_pays(images));
  EXPECT_EQ(sketch_rank(changed(images, [](JobFacts& f) { f.columns = 20; })), 20);
  EXPECT_FALSE(sketch_pays(changed(images, [](JobFacts& f) { f.sparse = true; })));
  EXPECT_FALSE(sketch_pays(changed(images, [](JobFacts& f) {
    f.rows = 2000, f.stored = 2000 * 784;
  }))) << "small";
  EXPECT_FALSE(sketch_pays(changed(images, [](JobFacts& f) { f.components = 256; })))
      << "nearly as wide as the matrix";
  EXPECT_TRUE(sketch_pays(changed(images, [](JobFacts& f) { f.processes = 64; })))
      << "the answer must not depend on processes";
}

TEST(JobPlan, SubsamplesLongDenseMatrices) {
  const JobFacts images{.rows = 60000, .columns = 784, .stored = 60000 * 784, .components = 16};
  const SubsampleSize lines{.lines = 1600};
  EXPECT_EQ(subsample_size(images), lines);
  const auto size_of = [&](auto change) { return subsample_size(changed(images, change)); };
  const SubsampleSize none;
  EXPECT_EQ(size_of([](JobFacts& f) { std::swap(f.rows, f.columns); }), lines);
  EXPECT_EQ(size_of([](JobFacts& f) { f.rows = 2000, f.stored = 2000 * 784; }), none) << "small";
  EXPECT_EQ(size_of([](JobFacts& f) { f.components = 256; }), none) << "little would be left out";
  EXPECT_EQ(size_of([](JobFacts& f) { f.processes = 64, f.restarts = 9; }), lines)
      << "the answer must not depend on processes";
}

TEST(JobPlan, SubsamplesLargeSparseMatricesBothWays) {
  const JobFacts texts{
      .rows = 100'000, .columns = 50'000, .stored = 5'000'000, .sparse = true, .components = 32};
  const SubsampleSize part{.lines = 16'000, .across = 5'333};
  EXPECT_EQ(subsample_size(texts), part);
  const auto size_of = [&](auto change) { return subsample_size(changed(texts, change)); };
  const SubsampleSize none;
  EXPECT_EQ(size_of([](JobFacts& f) { std::swap(f.rows, f.columns); }), part);
  EXPECT_EQ(size_of([](JobFacts& f) { f.stored = 500'000; }), none) << "small";
  EXPECT_EQ(size_of([](JobFacts& f) { f.components = 64; }), none) << "little would be left out";
  EXPECT_EQ(size_of([](JobFacts& f) { f.columns = 500; }), SubsampleSize{.lines = 16'000})
      << "all of a short side";
  EXPECT_EQ(size_of([](JobFacts& f) { f.processes = 64, f.restarts = 9; }), part)
      << "the answer must not depend on processes";
}

TEST(JobPlan, GroupsOfANodeShareOneCopyOfX) {
  JobFacts facts = dense_job(8);
  facts.restarts = 8;
  const auto plan = [&](Index groups) {
    return make_plan(facts, {.groups = groups, .grid = {}, .batch = 1});
  };
  const double own = plan(8).bytes_per_process;
  EXPECT_FALSE(plan(8).shares_X) << "nothing is known of nodes";
  facts.processes_on_node = 4;
  EXPECT_FALSE(plan(8).shares_X) << "no room is known";
  facts.shareable_bytes = 1e12;
  EXPECT_TRUE(plan(8).shares_X);
  EXPECT_NEAR(own - plan(8).bytes_per_process, 0.75 * 60000 * 784 * 8, 1);
  EXPECT_FALSE(plan(1).shares_X);
  facts.shareable_bytes = 60000 * 784 * 8;
  EXPECT_FALSE(plan(8).shares_X) << "it would fill the shared memory";
}

TEST(JobPlan, EachThreadHasASumOfItsOwn) {
  JobFacts facts = dense_job(2);
  const PlanOverrides one_grid{.groups = 1, .grid = GridShape{2, 1}, .batch = {}};
  const double one = make_plan(facts, one_grid).bytes_per_process;
  facts.threads = 5;
  EXPECT_GE(make_plan(facts, one_grid).bytes_per_process - one, 4.0 * 784 * 16 * 8);
}

TEST(JobPlan, ARaceHasOneGroupAndRoomForAllItsRestarts) {
  JobFacts facts = dense_job(8);
  facts.restarts = 32;
  EXPECT_GT(make_plan(facts, {}).groups, 1);
  const PlanOverrides one_group{.groups = 1, .grid = {}, .batch = {}};
  const double without = make_plan(facts, one_group).bytes_per_process;
  facts.restarts_wait = true;
  const JobPlan race = make_plan(facts, {});
  EXPECT_EQ(race.groups, 1);
  EXPECT_GE(race.bytes_per_process - without,
            32.0 * 2 * 16 * 8 * (60000 + 784) / 8);  // 2 k (n + m) / p doubles a restart
  EXPECT_EQ(make_plan(facts, {.groups = 4, .grid = {}, .batch = {}}).groups, 4);
}

}  // namespace
}  // namespace partita
