// X that is held in another unit: factors, errors and penalties are those of X itself.
#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include <gtest/gtest.h>

#include "support/matrices.hpp"

namespace partita::testing {
namespace {

/// X held as 4^-unit X.
Factorization run_in_unit(const Communicator& world, const Matrix& X, int unit,
                          const FactorizeOptions& options) {
  const JobPlan plan = squarest(world, options.restarts);
  const MatrixLayout layout(X.rows(), X.cols(), plan.grid);
  const Matrix held = X * std::ldexp(1.0, -2 * unit);
  auto block = make_block<double>(held, layout.block_rows(world.rank()),
                                  layout.block_columns(world.rank()), false);
  block->set_unit(unit);
  const DistributedMatrix<double> spread_X(ProcessGrid(world, plan.grid), layout, std::move(block));
  EXPECT_NEAR(spread_X.frobenius_norm() / X.norm(), 1, 1e-14);
  return factorize(world, plan, &spread_X, options);
}

TEST(Unit, ChangesNoBitOfTheAnswer) {
  const Communicator world = Communicator::world();
  const Matrix X =
      low_rank_matrix({.rows = 30, .columns = 20, .components = 3, .noise = 0.1, .seed = 3});
  for (const Penalties& penalties :
       {Penalties{}, Penalties{.l1_A = 0.5, .l1_S = 0.25, .l2_A = 0.125, .l2_S = 1}}) {
    for (const Schedule schedule : {Schedule::sweep, Schedule::random}) {
      FactorizeOptions options;
      options.components = 3;
      options.restarts = 2;
      options.schedule = schedule;
      options.penalties = penalties;
      options.stop.max_iterations = 40;
      const Factorization plain = run_in_unit(world, X, 0, options);
      for (const int unit : {-40, 3, 60}) {
        const Factorization found = run_in_unit(world, X, unit, options);
        EXPECT_EQ(found.best.relative_error, plain.best.relative_error) << unit;
        EXPECT_EQ(found.best.objective, plain.best.objective) << unit;
        EXPECT_TRUE(std::ranges::equal(found.factors.A.values(), plain.factors.A.values())) << unit;
        EXPECT_TRUE(std::ranges::equal(found.factors.S.values(), plain.factors.S.values())) << unit;
      }
    }
  }
}

}  // namespace
}  // namespace partita::testing
