// Missing and weighted entries on any number of processes, against plain loops; and a rule that
// sees entries, added from outside.
#include "factorize/solve/entry_sweeps.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "factorize/solve/solver_table.hpp"
#include "support/files.hpp"
#include "support/weighted_entries.hpp"

namespace partita::testing {
namespace {

template <class Check>
void for_all_kinds(Check check) {
  for (const double unstored : {0.0, 0.2, 1.0}) {
    for (const bool own_weights : {false, true}) {
      if (unstored == 1 && !own_weights) continue;
      SCOPED_TRACE("unstored " + std::to_string(unstored) + (own_weights ? ", weights" : ""));
      check(example(unstored, own_weights));
    }
  }
}

TEST(EntrySweeps, TheErrorIsTheSumOverEveryEntryByItsWeight) {
  const Communicator world = Communicator::world();
  for_all_kinds([&](const Weighted& what) {
    for (const JobPlan& plan : row_plans(world.size(), 2)) {
      SCOPED_TRACE(name_of(plan));
      const WholeRun found = run_weighted(world, plan, what, settings(what));
      const double expected =
          std::sqrt(what.loss(found.factors.A, found.factors.S) / what.squared_norm());
      EXPECT_NEAR(found.best.relative_error, expected, 1e-12);
    }
  });
}

TEST(EntrySweeps, EveryLayoutGoesTheSameWay) {
  const Communicator world = Communicator::world();
  const Communicator alone = world.split(world.rank());
  for_all_kinds([&](const Weighted& what) {
    for (const EntryRuleKind rule : {EntryRuleKind::gram, EntryRuleKind::residuals}) {
      FactorizeOptions options = settings(what);
      options.entry_rule = rule;
      const JobPlan one{.groups = 1, .grid = {1, 1}, .restarts = 2};
      const WholeRun expected = run_weighted(alone, one, what, options);
      for (const JobPlan& plan : row_plans(world.size(), 2)) {
        SCOPED_TRACE(name_of(plan));
        expect_same_traces(run_weighted(world, plan, what, options), expected, 1e-9);
      }
    }
  });
}

/// Nothing that is stored or not can be fitted better by changing one entry of a factor.
TEST(EntrySweeps, EndsWhereTheSlopesSay) {
  const Communicator world = Communicator::world();
  const JobPlan plan{.groups = 1, .grid = {world.size(), 1}, .restarts = 1};
  for_all_kinds([&](const Weighted& what) {
    FactorizeOptions options = settings(what);
    options.restarts = 1;
    options.penalties = {.l1_A = 0.05, .l1_S = 0.05, .l2_A = 0.1, .l2_S = 0.02};
    options.stop.max_iterations = 3000;
    const WholeRun found = run_weighted(world, plan, what, options);
    const auto& [A, S] = found.factors;
    const Matrix R = (A * S.transpose() - what.X).cwiseProduct(what.weights);
    const auto check = [](const Matrix& W, const Matrix& slope) {
      for (Index i = 0; i < W.rows(); ++i) {
        for (Index l = 0; l < W.cols(); ++l) {
          EXPECT_LT(std::abs(std::min(W(i, l), slope(i, l))), 1e-5);
        }
      }
    };
    check(A, (R * S + 0.1 * A).array() + 0.05);
    check(S, (R.transpose() * A + 0.02 * S).array() + 0.05);
  });
}

TEST(EntrySweeps, ContinuesFromACheckpointBitForBit) {
  const Weighted what = example(0, true);
  expect_to_continue(Communicator::world(), what, settings(what));
}

TEST(EntrySweeps, LinesWithoutEntriesAreLegal) {
  const Communicator world = Communicator::world();
  const JobPlan plan{.groups = 1, .grid = {world.size(), 1}, .restarts = 1};
  FactorizeOptions options = settings(example(0, false));
  options.restarts = 1;
  const WholeRun found = run_weighted(world, plan, example(0, false), options);
  EXPECT_TRUE(std::isfinite(found.best.relative_error));
  for (Index l = 0; l < 3; ++l) {
    EXPECT_TRUE(std::isfinite(found.factors.A(3, l)));
    EXPECT_TRUE(std::isfinite(found.factors.S(5, l)));
  }
}

TEST(EntrySweeps, OthersAreRefusedByName) {
  FactorizeOptions options;
  options.components = 3;
  options.unstored = 0;
  options.schedule = Schedule::random;
  try {
    validate(options, 20, 20);
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("--unstored"), std::string::npos) << error.what();
  }
  options = {.components = 3, .entry_rule = EntryRuleKind::gram};
  EXPECT_THROW(validate(options, 20, 20), Error) << "it has no effect";
}

/// A rule made outside: w becomes the weighted mean of x / sum(h).
class MeanRule final : public PanelRule<double> {
 public:
  void update(TallView<double> W, const EntryPanel<double>& X, TallView<const double> H,
              const GramMatrix& /*G*/) const override {
    for (Index i = 0; i < W.rows; ++i) {
      const EntryRow<double> row = X.row(i);
      double sum = 0;
      double weight = 0;
      for (std::size_t e = 0; e < row.size(); ++e) {
        double of_h = 0;
        for (Index l = 0; l < H.width; ++l) of_h += H.row(row.columns[e])[l];
        if (of_h <= 0) continue;
        sum += row.weight(e) * row.values[e] / of_h;
        weight += row.weight(e);
      }
      for (Index l = 0; l < W.width; ++l) W.row(i)[l] = weight > 0 ? sum / weight : 0;
    }
  }
};

constexpr auto kMean = static_cast<SolverKind>(77);

void solve_by_means(const DistributedMatrix<double>& X, const FactorizeOptions& options,
                    std::vector<RestartStart<double>> batch, RunControl& control,
                    const SolverEvents<double>& events) {
  const EntryRules<double> rules{std::make_unique<MeanRule>(), std::make_unique<MeanRule>()};
  sweep_over_entries(X, options, rules, std::move(batch), control, events);
}

TEST(EntrySweeps, TakeARuleFromOutside) {
  static const bool added = [] {
    add_solver({"means",
                kMean,
                Schedule::sweep,
                "weighted means",
                {Ability::weighted_entries},
                &solve_by_means,
                nullptr});
    return true;
  }();
  ASSERT_TRUE(added);
  const Communicator world = Communicator::world();
  const Communicator alone = world.split(world.rank());
  const Weighted what = example(0, true);
  FactorizeOptions options = settings(what);
  options.solver = kMean;
  options.components = 1;
  options.stop.max_iterations = 5;
  const JobPlan plan{.groups = 1, .grid = {world.size(), 1}, .restarts = 2};
  const JobPlan one{.groups = 1, .grid = {1, 1}, .restarts = 2};
  const WholeRun found = run_weighted(world, plan, what, options);
  EXPECT_LT(found.best.relative_error, 0.5);
  expect_same_traces(found, run_weighted(alone, one, what, options), 1e-9);
}

}  // namespace
}  // namespace partita::testing
