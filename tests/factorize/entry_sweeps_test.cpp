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

#include "base/random.hpp"
#include "factorize/solve/solver_table.hpp"
#include "support/files.hpp"
#include "support/matrices.hpp"

namespace partita::testing {
namespace {

constexpr Index kRows = 23;
constexpr Index kColumns = 17;

/// X with the weight of every entry; what is not stored is 0 and weighs `unstored`.
struct Weighted {
  Matrix X;
  Matrix weights;
  double unstored;
  bool own_weights;

  [[nodiscard]] double loss(const Matrix& A, const Matrix& S) const {
    return (X - A * S.transpose()).array().square().cwiseProduct(weights.array()).sum();
  }
  [[nodiscard]] double squared_norm() const {
    return X.array().square().cwiseProduct(weights.array()).sum();
  }
};

/// About half is stored; row 3 and column 5 have nothing. A stored value may be 0.
Weighted example(double unstored, bool own_weights) {
  Weighted made{Matrix::Zero(kRows, kColumns), Matrix::Constant(kRows, kColumns, unstored),
                unstored, own_weights};
  const RandomField field(11, Purpose::start_A);
  for (Index i = 0; i < kRows; ++i) {
    for (Index j = 0; j < kColumns; ++j) {
      if (i == 3 || j == 5 || field.uniform(i, j) < 0.5) continue;
      const double model = (1 + std::sin(0.3 * double(i))) * (1 + std::cos(0.4 * double(j)));
      made.X(i, j) = std::max(0.0, model - 0.5 + field.uniform(i, 100 + j));
      made.weights(i, j) = own_weights ? 2 * field.uniform(i, 200 + j) : 1;
    }
  }
  return made;
}

bool is_stored(const Weighted& what, Index i, Index j) {
  return i != 3 && j != 5 && RandomField(11, Purpose::start_A).uniform(i, j) >= 0.5 &&
         what.X.size() > 0;
}

/// Every group's rows of a matrix, stored where X is.
std::unique_ptr<Block<double>> stored_block(const Weighted& what, const Matrix& values,
                                            Range rows) {
  std::vector<LocalEntry<double>> entries;
  for (Index i = rows.begin; i < rows.end; ++i) {
    for (Index j = 0; j < kColumns; ++j) {
      if (!is_stored(what, i, j)) continue;
      entries.push_back(
          {static_cast<std::int32_t>(i - rows.begin), static_cast<std::int32_t>(j), values(i, j)});
    }
  }
  return std::make_unique<SparseBlock<double>>(rows.size(), kColumns, entries, 8);
}

std::optional<DistributedMatrix<double>> spread_rows(const Communicator& world, const JobPlan& plan,
                                                     const Weighted& what) {
  const Index group = plan.group_of(world.rank());
  const Communicator members = world.split(static_cast<int>(group));
  if (group >= plan.active_groups()) return std::nullopt;
  const MatrixLayout layout(kRows, kColumns, plan.grid);
  const Range rows = layout.block_rows(plan.process_in_group(world.rank()));
  std::optional<DistributedMatrix<double>> X(std::in_place, ProcessGrid(members, plan.grid), layout,
                                             stored_block(what, what.X, rows));
  EntryWeights<double> weights{.unstored = what.unstored};
  if (what.own_weights) weights.of_stored = stored_block(what, what.weights, rows);
  X->weigh(std::move(weights));
  return X;
}

std::vector<JobPlan> row_plans(Index processes, Index restarts) {
  std::vector<JobPlan> plans;
  for (Index groups = 1; groups <= processes; ++groups) {
    if (processes % groups != 0) continue;
    plans.push_back({.groups = groups, .grid = {processes / groups, 1}, .restarts = restarts});
  }
  return plans;
}

FactorizeOptions settings(const Weighted& what) {
  FactorizeOptions options;
  options.components = 3;
  options.restarts = 2;
  options.unstored = what.unstored;
  options.weighted = what.own_weights;
  options.stop.max_iterations = 60;
  options.stop.tolerance = 0;
  return options;
}

WholeRun run_weighted(const Communicator& world, const JobPlan& plan, const Weighted& what,
                      const FactorizeOptions& options, const CheckpointOptions& checkpoint = {},
                      const RunHooks& hooks = {}) {
  const auto X = spread_rows(world, plan, what);
  Factorization found = factorize(world, plan, X ? &*X : nullptr, options, {}, hooks, checkpoint);
  WholeRun whole;
  whole.factors = collect(world, found.factors, kRows, kColumns, options.components);
  whole.best = found.best;
  whole.restarts = share(world, std::move(found.restarts));
  return whole;
}

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
  const Communicator world = Communicator::world();
  const JobPlan plan{.groups = 1, .grid = {world.size(), 1}, .restarts = 2};
  const Weighted what = example(0, true);
  const FactorizeOptions options = settings(what);
  const WholeRun whole = run_weighted(world, plan, what, options);
  const Folder folder(world);
  const CheckpointOptions checkpoint{.folder = folder.file("checkpoint")};
  Index asked = 0;
  RunHooks hooks;
  hooks.stop_requested = [&] { return world.is_root() && ++asked > 20; };
  const WholeRun stopped = run_weighted(world, plan, what, options, checkpoint, hooks);
  EXPECT_EQ(stopped.best.stop, StopReason::interrupted);
  const WholeRun found = run_weighted(world, plan, what, options, checkpoint);
  EXPECT_EQ(found.factors.A, whole.factors.A);
  EXPECT_EQ(found.factors.S, whole.factors.S);
  EXPECT_EQ(found.best.relative_error, whole.best.relative_error);
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
  options.solver = SolverKind::kaczmarz;
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
