// Entries that are held out of a dense matrix, against plain loops and weights of 0.
#include "factorize/matrix/hold_out.hpp"

#include "partita/base/error.hpp"

#include <cmath>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "support/weighted_entries.hpp"

namespace partita::testing {
namespace {

constexpr Index kHeight = 40;
constexpr Index kWidth = 31;
constexpr double kShare = 0.15;

const HeldOutShare kPart = part_of_entries(kShare, 2, 5);

Matrix noisy() {
  return low_rank_matrix(
      {.rows = kHeight, .columns = kWidth, .components = 3, .noise = 0.2, .seed = 3});
}

bool is_kept(Index i, Index j) {
  return !kPart.has(i, j);
}

FactorizeOptions options_for(Index components) {
  FactorizeOptions options;
  options.components = components;
  options.restarts = 1;
  options.weighted = true;
  options.stop.max_iterations = 200;
  options.stop.tolerance = 0;
  return options;
}

WholeRun fit_of_rest(const Communicator& world, const Matrix& X, const FactorizeOptions& options) {
  const JobPlan plan{.groups = 1, .grid = {world.size(), 1}, .restarts = 1};
  const auto spread_X = spread<double>(world, plan, X);
  const HeldOut<double> held_out = hold_out(*spread_X, kPart);
  Factorization found = factorize(world, plan, &held_out.rest, options);
  WholeRun whole;
  whole.factors = collect(world, found.factors, X.rows(), X.cols(), options.components);
  whole.best = found.best;
  whole.restarts = share(world, std::move(found.restarts));
  return whole;
}

TEST(HoldOut, TakesEntriesByTheirGlobalPlacesWithTheirValues) {
  const Communicator world = Communicator::world();
  const Matrix X = noisy();
  const JobPlan plan{.groups = 1, .grid = {world.size(), 1}};
  const auto spread_X = spread<double>(world, plan, X);
  const HeldOut<double> held_out = hold_out(*spread_X, kPart);
  Index found = 0;
  for (Index i = 0; i < held_out.entries->rows(); ++i) {
    const EntryRow<double> row = row_of(*held_out.entries, i);
    for (std::size_t e = 0; e < row.size(); ++e) {
      const Index global = spread_X->block_rows().begin + i;
      EXPECT_FALSE(is_kept(global, row.columns[e]));
      EXPECT_EQ(row.values[e], X(global, row.columns[e]));
      ++found;
    }
  }
  Index expected = 0;
  for (Index i = 0; i < kHeight; ++i) {
    for (Index j = 0; j < kWidth; ++j) expected += is_kept(i, j) ? 0 : 1;
  }
  EXPECT_EQ(sum_over(world, found), expected);
}

TEST(HoldOut, PartsAreApartAndMakeTheWhole) {
  for (const double share : {0.1, 0.25, 0.3}) {
    const Index parts = share == 0.1 ? 10 : share == 0.25 ? 4 : 3;
    Index in_none = 0;
    for (Index place = 0; place < 4000; ++place) {
      Index found = 0;
      for (Index part = 0; part < parts; ++part) {
        found += part_of_entries(share, part, 8).has(place / 50, place % 50) ? 1 : 0;
      }
      EXPECT_LE(found, 1);
      in_none += found == 0 ? 1 : 0;
    }
    EXPECT_NEAR(static_cast<double>(in_none) / 4000, 1 - share * double(parts), 0.03);
    const HeldOutShare next = part_of_entries(share, parts, 8);
    EXPECT_EQ(next.from, 0);
    EXPECT_NE(next.field.uniform(0, 0), part_of_entries(share, 0, 8).field.uniform(0, 0));
  }
}

TEST(HoldOut, TheErrorIsOfWhatIsLeft) {
  const Communicator world = Communicator::world();
  const Matrix X = noisy();
  for (const std::int64_t iterations : {0, 1, 200}) {
    FactorizeOptions options = options_for(4);
    options.stop.max_iterations = iterations;
    const WholeRun run = fit_of_rest(world, X, options);
    const Matrix model = run.factors.A * run.factors.S.transpose();
    double loss = 0;
    double norm = 0;
    for (Index i = 0; i < kHeight; ++i) {
      for (Index j = 0; j < kWidth; ++j) {
        if (!is_kept(i, j)) continue;
        loss += (X(i, j) - model(i, j)) * (X(i, j) - model(i, j));
        norm += X(i, j) * X(i, j);
      }
    }
    EXPECT_NEAR(run.best.relative_error, std::sqrt(loss / norm), 1e-12);
    EXPECT_NEAR(run.restarts[0].trace.back().relative_error, std::sqrt(loss / norm), 1e-9);
  }
}

/// Weights of 0 at the same places, by equations from all entries that are left.
TEST(HoldOut, FitsAsWellAsWeightsDo) {
  const Communicator world = Communicator::world();
  const Matrix X = noisy();
  const JobPlan plan{.groups = 1, .grid = {world.size(), 1}, .restarts = 1};
  auto weighted = spread<double>(world, plan, X);
  Matrix weights(kHeight, kWidth);
  for (Index i = 0; i < kHeight; ++i) {
    for (Index j = 0; j < kWidth; ++j) weights(i, j) = is_kept(i, j) ? 1 : 0;
  }
  const Range rows = weighted->block_rows();
  weighted->weigh(
      {.unstored = 1, .of_stored = make_block<double>(weights, rows, {0, kWidth}, false)});
  const FactorizeOptions options = options_for(3);
  const Factorization expected = factorize(world, plan, &*weighted, options);
  const WholeRun found = fit_of_rest(world, X, options);
  EXPECT_NEAR(found.best.relative_error, expected.best.relative_error,
              1e-3 * expected.best.relative_error);
}

TEST(HoldOut, EveryLayoutGoesTheSameWay) {
  const Communicator world = Communicator::world();
  const Communicator alone = world.split(world.rank());
  const WholeRun expected = fit_of_rest(alone, noisy(), options_for(4));
  expect_same_traces(fit_of_rest(world, noisy(), options_for(4)), expected, 1e-9);
}

/// A component of one row alone is hardly known where that row is held out; its other numbers must
/// not be rounding blown up.
TEST(HoldOut, AComponentThatIsHardlyKnownStaysSmall) {
  const Communicator world = Communicator::world();
  Matrix X = noisy();
  for (Index j = 0; j < kWidth; ++j) X(7, j) = is_kept(7, j) ? 0 : 50;
  const WholeRun run = fit_of_rest(world, X, options_for(6));
  const Matrix model = run.factors.A * run.factors.S.transpose();
  EXPECT_LT(model.maxCoeff(), 10 * noisy().maxCoeff());
}

TEST(HoldOut, OtherGridsAndSparseMatricesAreRefused) {
  const Communicator world = Communicator::world();
  const JobPlan plan{.groups = 1, .grid = {world.size(), 1}};
  const auto sparse = spread<double>(world, plan, noisy(), /*sparse=*/true);
  EXPECT_THROW(static_cast<void>(hold_out(*sparse, kPart)), Error);
  if (world.size() == 1) return;
  const JobPlan wide{.groups = 1, .grid = {1, world.size()}};
  const auto by_columns = spread<double>(world, wide, noisy());
  EXPECT_THROW(static_cast<void>(hold_out(*by_columns, kPart)), Error);
}

}  // namespace
}  // namespace partita::testing
