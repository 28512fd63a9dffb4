// Kaczmarz over known entries: the same on every number of processes and threads, near what least
// squares find, and what is refused.
#include "factorize/solve/entry_kaczmarz.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/threads.hpp"
#include "factorize/matrix/strata.hpp"
#include "support/files.hpp"
#include "support/weighted_entries.hpp"

namespace partita::testing {
namespace {

FactorizeOptions kaczmarz_settings(const Weighted& what) {
  FactorizeOptions options = settings(what);
  options.solver = SolverKind::kaczmarz;
  return options;
}

/// Line of X at every place.
std::vector<Index> lines_at(const LineBlocks& lines) {
  std::vector<Index> at(lines.place.size());
  for (std::size_t line = 0; line < at.size(); ++line) {
    at[static_cast<std::size_t>(lines.place[line])] = static_cast<Index>(line);
  }
  return at;
}

TEST(Strata, HoldEveryKnownEntryOnce) {
  const Communicator world = Communicator::world();
  const JobPlan plan{.groups = 1, .grid = {world.size(), 1}, .restarts = 1};
  const Weighted what = example(0, true);
  const auto X = spread_rows(world, plan, what);
  const Strata<double> strata(*X, 3);
  const std::vector<Index> rows = lines_at(strata.rows());
  const std::vector<Index> columns = lines_at(strata.columns());
  Matrix values = Matrix::Zero(kRows, kColumns);
  Matrix weights = values;
  Matrix counts = values;
  for (Index b = strata.mine().begin; b < strata.mine().end; ++b) {
    for (Index c = 0; c < strata.blocks(); ++c) {
      for (const Equation<double>& equation : strata.equations(b, c)) {
        const Index row_place = strata.row_places().begin + equation.row;
        const Index column_place = strata.columns().places_of(c).begin + equation.column;
        EXPECT_TRUE(strata.rows().places_of(b).contains(row_place));
        EXPECT_TRUE(strata.columns().places_of(c).contains(column_place));
        const Index i = rows[static_cast<std::size_t>(row_place)];
        const Index j = columns[static_cast<std::size_t>(column_place)];
        values(i, j) += equation.value;
        weights(i, j) += equation.weight;
        counts(i, j) += 1;
      }
    }
  }
  for (Matrix* sum : {&values, &weights, &counts}) {
    sum_over(world, std::span<double>(sum->data(), static_cast<std::size_t>(sum->size())));
  }
  EXPECT_EQ(values, what.X);
  for (Index i = 0; i < kRows; ++i) {
    for (Index j = 0; j < kColumns; ++j) {
      const bool known = is_stored(what, i, j);
      EXPECT_EQ(counts(i, j), known ? 1 : 0);
      EXPECT_EQ(weights(i, j), known ? what.weights(i, j) : 0);
    }
  }
}

TEST(LineBlocks, AreAboutEven) {
  std::vector<Index> known;
  for (Index line = 0; line < 500; ++line) known.push_back(20'000 / (line + 20));
  known[7] = 0;
  Index total = 0;
  for (const Index entries : known) total += entries;
  for (const LineBlocks& lines : {cut_lines(known, 10), deal_lines(known, 10)}) {
    ASSERT_EQ(lines.blocks(), 10);
    for (Index b = 0; b < 10; ++b) {
      Index held = 0;
      const Range places = lines.places_of(b);
      for (Index p = places.begin; p < places.end; ++p) {
        held += lines.known[static_cast<std::size_t>(p)];
      }
      EXPECT_NEAR(static_cast<double>(held), static_cast<double>(total) / 10, 1000);
    }
    std::vector<Index> places = lines.place;
    std::ranges::sort(places);
    for (std::size_t p = 0; p < places.size(); ++p) EXPECT_EQ(places[p], static_cast<Index>(p));
  }
}

TEST(EntryKaczmarz, EveryLayoutGoesTheSameWay) {
  const Communicator world = Communicator::world();
  const Communicator alone = world.split(world.rank());
  for (const bool own_weights : {false, true}) {
    for (const double l2 : {0.0, 0.3}) {
      const Weighted what = example(0, own_weights);
      FactorizeOptions options = kaczmarz_settings(what);
      options.penalties = {.l1_A = l2 / 4, .l1_S = l2 / 4, .l2_A = l2, .l2_S = l2};
      const JobPlan one{.groups = 1, .grid = {1, 1}, .restarts = 2};
      const WholeRun expected = run_weighted(alone, one, what, options);
      EXPECT_LT(expected.best.relative_error, 0.4);
      for (const JobPlan& plan : row_plans(world.size(), 2)) {
        SCOPED_TRACE(name_of(plan));
        expect_same_traces(run_weighted(world, plan, what, options), expected, 1e-9);
      }
    }
  }
}

TEST(EntryKaczmarz, ThreadsChangeNothing) {
  if (!has_threads()) GTEST_SKIP() << "no threads in this build";
  const Communicator world = Communicator::world();
  const JobPlan plan{.groups = 1, .grid = {world.size(), 1}, .restarts = 2};
  const Weighted what = example(0, true);
  FactorizeOptions options = kaczmarz_settings(what);
  const WholeRun expected = run_weighted(world, plan, what, options);
  options.threads = 3;
  const WholeRun found = run_weighted(world, plan, what, options);
  EXPECT_EQ(found.factors.A, expected.factors.A);
  EXPECT_EQ(found.factors.S, expected.factors.S);
}

/// After many short steps the objective is that which least squares end at.
TEST(EntryKaczmarz, ComesNearLeastSquares) {
  const Communicator world = Communicator::world();
  const JobPlan plan{.groups = 1, .grid = {world.size(), 1}, .restarts = 1};
  for (const bool own_weights : {false, true}) {
    const Weighted what = example(0, own_weights);
    FactorizeOptions options = kaczmarz_settings(what);
    options.restarts = 1;
    options.penalties = {.l2_A = 1.5, .l2_S = 1.5};
    options.stop.max_iterations = 1000;
    const WholeRun found = run_weighted(world, plan, what, options);
    options.solver = SolverKind::als;
    const WholeRun expected = run_weighted(world, plan, what, options);
    EXPECT_LT(found.best.objective, 1.01 * expected.best.objective);
    EXPECT_GE(found.factors.A.minCoeff(), 0);
    EXPECT_GE(found.factors.S.minCoeff(), 0);
  }
}

TEST(EntryKaczmarz, TheErrorIsTheSumOverKnownEntries) {
  const Communicator world = Communicator::world();
  const JobPlan plan{.groups = 1, .grid = {world.size(), 1}, .restarts = 1};
  const Weighted what = example(0, true);
  const WholeRun found = run_weighted(world, plan, what, kaczmarz_settings(what));
  const double expected =
      std::sqrt(what.loss(found.factors.A, found.factors.S) / what.squared_norm());
  EXPECT_NEAR(found.best.relative_error, expected, 1e-12);
}

TEST(EntryKaczmarz, TheUnitOfXDoesNotMatter) {
  const Communicator world = Communicator::world();
  const JobPlan plan{.groups = 1, .grid = {world.size(), 1}, .restarts = 1};
  Weighted what = example(0, true);
  const FactorizeOptions options = kaczmarz_settings(what);
  const WholeRun expected = run_weighted(world, plan, what, options);
  what.X *= 1000;
  what.weights *= 0.01;
  expect_same_traces(run_weighted(world, plan, what, options), expected, 1e-8);
}

TEST(EntryKaczmarz, ContinuesFromACheckpointBitForBit) {
  const Weighted what = example(0, true);
  expect_to_continue(Communicator::world(), what, kaczmarz_settings(what));
}

TEST(EntryKaczmarz, WhatIsNotStoredIsRefused) {
  const Communicator world = Communicator::world();
  const JobPlan plan{.groups = 1, .grid = {world.size(), 1}, .restarts = 1};
  for (const double unstored : {0.2, 1.0}) {
    const Weighted what = example(unstored, true);
    try {
      run_weighted(world, plan, what, kaczmarz_settings(what));
      ADD_FAILURE() << "accepted " << unstored;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::usage);
      EXPECT_NE(std::string(error.what()).find("--unstored"), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace partita::testing
