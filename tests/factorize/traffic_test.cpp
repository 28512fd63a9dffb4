// Words that a pass moves against the formula: ALGORITHMS 5 (MPI-FAUN; Kannan, Ballard & Park
// 2018).
#include <gtest/gtest.h>

#include "layout/pass_cost.hpp"
#include "support/matrices.hpp"

namespace partita::testing {
namespace {

/// Words that this process received in a run of that many passes.
double words_of(const Communicator& world, const JobPlan& plan, const Matrix& X,
                FactorizeOptions options, Index passes) {
  options.stop.max_iterations = passes;
  const double before = world.traffic().total().words;
  const auto spread_X = spread<double>(world, plan, X);
  static_cast<void>(factorize(world, plan, &*spread_X, options));
  return world.traffic().total().words - before;
}

TEST(Traffic, APassMovesTheWordsOfTheFormula) {
  const Communicator world = Communicator::world();
  const Matrix X = low_rank_matrix(
      {.rows = 480, .columns = 360, .components = 4, .noise = 0.1, .density = 1, .seed = 1});
  FactorizeOptions options;
  options.components = 4;
  options.restarts = 1;
  options.nnls = NnlsKind::clip;  // no pass is undone, so all are alike
  options.stop.tolerance = 0;
  const JobFacts facts{.rows = 480, .columns = 360, .stored = 480 * 360, .components = 4};
  for (const GridShape grid : grid_shapes(world.size())) {
    const JobPlan plan{.groups = 1, .grid = grid, .batch = 1, .restarts = 1};
    const double few = words_of(world, plan, X, options, 10);
    const double many = words_of(world, plan, X, options, 30);
    const double formula = words_per_pass(facts, grid);
    EXPECT_NEAR((many - few) / 20, formula, 0.05 * formula) << name_of(plan);
  }
}

}  // namespace
}  // namespace partita::testing
