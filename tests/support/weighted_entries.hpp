// A small X of which half is known, with or without weights, on any number of processes.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "support/files.hpp"
#include "support/matrices.hpp"

namespace partita::testing {

inline constexpr Index kRows = 23;
inline constexpr Index kColumns = 17;

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
inline Weighted example(double unstored, bool own_weights) {
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

inline bool is_stored(const Weighted& what, Index i, Index j) {
  return i != 3 && j != 5 && RandomField(11, Purpose::start_A).uniform(i, j) >= 0.5 &&
         what.X.size() > 0;
}

/// Every group's rows of a matrix, stored where X is.
inline std::unique_ptr<Block<double>> stored_block(const Weighted& what, const Matrix& values,
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

inline std::optional<DistributedMatrix<double>> spread_rows(const Communicator& world,
                                                            const JobPlan& plan,
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

inline std::vector<JobPlan> row_plans(Index processes, Index restarts) {
  std::vector<JobPlan> plans;
  for (Index groups = 1; groups <= processes; ++groups) {
    if (processes % groups != 0) continue;
    plans.push_back({.groups = groups, .grid = {processes / groups, 1}, .restarts = restarts});
  }
  return plans;
}

inline FactorizeOptions settings(const Weighted& what) {
  FactorizeOptions options;
  options.components = 3;
  options.restarts = 2;
  options.unstored = what.unstored;
  options.weighted = what.own_weights;
  options.stop.max_iterations = 60;
  options.stop.tolerance = 0;
  return options;
}

inline WholeRun run_weighted(const Communicator& world, const JobPlan& plan, const Weighted& what,
                             const FactorizeOptions& options,
                             const CheckpointOptions& checkpoint = {}, const RunHooks& hooks = {}) {
  const auto X = spread_rows(world, plan, what);
  Factorization found = factorize(world, plan, X ? &*X : nullptr, options, {}, hooks, checkpoint);
  WholeRun whole;
  whole.factors = collect(world, found.factors, kRows, kColumns, options.components);
  whole.best = found.best;
  whole.restarts = share(world, std::move(found.restarts));
  return whole;
}

/// A run that is stopped after 20 iterations and continues is the whole run, bit for bit.
inline void expect_to_continue(const Communicator& world, const Weighted& what,
                               const FactorizeOptions& options) {
  const JobPlan plan{.groups = 1, .grid = {world.size(), 1}, .restarts = 2};
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

}  // namespace partita::testing
