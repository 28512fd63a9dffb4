// Small whole matrices, their blocks on any layout, and factors brought together for comparison.
#pragma once

#include "partita/layout/job_plan.hpp"

#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Dense>
#include <gtest/gtest.h>

#include "comm/collectives.hpp"
#include "data/blocks/dense_block.hpp"
#include "data/blocks/sparse_block.hpp"
#include "data/generators.hpp"
#include "factorize/factorize.hpp"

namespace partita::testing {

/// A whole matrix, the same on every process.
using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

inline Matrix whole_matrix(const RowGenerator& rows) {
  Matrix X = Matrix::Zero(rows.rows(), rows.columns());
  std::vector<ColumnValue> entries;
  for (Index i = 0; i < rows.rows(); ++i) {
    rows.make_row(i, entries);
    for (const ColumnValue& entry : entries) X(i, entry.column) = entry.value;
  }
  return X;
}

/// max(0, A S + noise), as `generate lowrank` makes it.
inline Matrix low_rank_matrix(const LowRankOptions& options) {
  return whole_matrix(*make_low_rank(options));
}

/// The part of X in some rows and columns as a block; a sparse one stores the non-zeros only.
template <class Real>
std::unique_ptr<Block<Real>> make_block(const Matrix& X, Range rows, Range columns, bool sparse) {
  if (!sparse) {
    auto block = std::make_unique<DenseBlock<Real>>(rows.size(), columns.size());
    for (Index i = 0; i < rows.size(); ++i) {
      for (Index j = 0; j < columns.size(); ++j) {
        block->row(i)[j] = static_cast<Real>(X(rows.begin + i, columns.begin + j));
      }
    }
    return block;
  }
  std::vector<LocalEntry<Real>> entries;
  for (Index i = 0; i < rows.size(); ++i) {
    for (Index j = 0; j < columns.size(); ++j) {
      const double value = X(rows.begin + i, columns.begin + j);
      if (value == 0) continue;
      entries.push_back(
          {static_cast<std::int32_t>(i), static_cast<std::int32_t>(j), static_cast<Real>(value)});
    }
  }
  constexpr Index kPanelRows = 8;  // several panels, the last one shorter, in most tests
  return std::make_unique<SparseBlock<Real>>(rows.size(), columns.size(), entries, kPanelRows);
}

/// Every shape of grid of that many processes.
inline std::vector<GridShape> grid_shapes(Index processes) {
  std::vector<GridShape> shapes;
  for (Index rows = 1; rows <= processes; ++rows) {
    if (processes % rows == 0) shapes.push_back({rows, processes / rows});
  }
  return shapes;
}

/// Every way to make groups of equal grids from that many processes.
inline std::vector<JobPlan> job_plans(Index processes, Index restarts) {
  std::vector<JobPlan> plans;
  for (Index groups = 1; groups <= processes; ++groups) {
    if (processes % groups != 0) continue;
    for (const GridShape grid : grid_shapes(processes / groups)) {
      plans.push_back({.groups = groups, .grid = grid, .batch = restarts, .restarts = restarts});
    }
  }
  return plans;
}

inline std::string name_of(const JobPlan& plan) {
  return std::to_string(plan.groups) + " groups of " + std::to_string(plan.grid.rows) + "x" +
         std::to_string(plan.grid.columns) + ", batches of " + std::to_string(plan.batch);
}

/// X spread over the groups of a plan; nullopt on processes without restarts. Collective.
template <class Real>
std::optional<DistributedMatrix<Real>> spread(const Communicator& world, const JobPlan& plan,
                                              const Matrix& X, bool sparse = false) {
  const Index group = plan.group_of(world.rank());
  const Communicator members = world.split(static_cast<int>(group));
  if (group >= plan.active_groups()) return std::nullopt;
  const MatrixLayout layout(X.rows(), X.cols(), plan.grid);
  const Index process = plan.process_in_group(world.rank());
  return std::optional<DistributedMatrix<Real>>(
      std::in_place, ProcessGrid(members, plan.grid), layout,
      make_block<Real>(X, layout.block_rows(process), layout.block_columns(process), sparse));
}

/// Both factors in whole, S transposed.
struct WholeFactors {
  Matrix A;
  Matrix S;
};

/// My rows of a start that every process knows in whole.
template <class Real>
GivenStart start_here(const DistributedMatrix<Real>& X, const WholeFactors& start) {
  const auto rows_of = [](const Matrix& W, Range mine) {
    TallMatrix<double> part(mine.size(), W.cols());
    for (Index i = 0; i < mine.size(); ++i) {
      for (Index j = 0; j < W.cols(); ++j) part(i, j) = W(mine.begin + i, j);
    }
    return part;
  };
  return {rows_of(start.A, X.factor_rows()), rows_of(start.S, X.factor_columns())};
}

/// Brings the best factors to every process. Collective over `world`.
inline WholeFactors collect(const Communicator& world, const Factors& mine, Index rows,
                            Index columns, Index k) {
  WholeFactors whole{Matrix::Zero(rows, k), Matrix::Zero(columns, k)};
  const auto put = [](Matrix& W, const TallMatrix<double>& part, Range range) {
    for (Index i = 0; i < part.rows(); ++i) {
      for (Index j = 0; j < part.width(); ++j) W(range.begin + i, j) = part(i, j);
    }
  };
  put(whole.A, mine.A, mine.rows);
  put(whole.S, mine.S, mine.columns);
  for (Matrix* W : {&whole.A, &whole.S}) {
    sum_over(world, std::span<double>(W->data(), static_cast<std::size_t>(W->size())));
  }
  return whole;
}

/// What a run gives, known on every process.
struct WholeRun {
  std::vector<RestartResult> restarts;
  RestartResult best;
  WholeFactors factors;
  Index stacked = 0;  ///< columns of the stack of all restarts
};

/// Traces and results of world rank 0 on every process. Collective over `world`.
inline std::vector<RestartResult> share(const Communicator& world,
                                        std::vector<RestartResult> results) {
  Index count = static_cast<Index>(results.size());
  broadcast(world, std::span<Index>(&count, 1), 0);
  results.resize(static_cast<std::size_t>(count));
  for (RestartResult& r : results) {
    std::vector<double> head{static_cast<double>(r.restart),      static_cast<double>(r.stop),
                             static_cast<double>(r.iterations),   r.relative_error,
                             static_cast<double>(r.trace.size()), r.objective};
    broadcast(world, std::span<double>(head), 0);
    r.restart = static_cast<Index>(head[0]);
    r.stop = static_cast<StopReason>(static_cast<int>(head[1]));
    r.iterations = static_cast<Index>(head[2]);
    r.relative_error = head[3];
    r.objective = head[5];
    r.trace.resize(static_cast<std::size_t>(head[4]));
    std::vector<double> points;  // one message a trace: processes that share a core wait long
    for (const TracePoint& point : r.trace) {
      points.push_back(static_cast<double>(point.iteration));
      points.push_back(point.relative_error);
      points.push_back(point.objective);
    }
    broadcast(world, std::span<double>(points), 0);
    for (std::size_t t = 0; t < r.trace.size(); ++t) {
      r.trace[t].iteration = static_cast<Index>(points[3 * t]);
      r.trace[t].relative_error = points[3 * t + 1];
      r.trace[t].objective = points[3 * t + 2];
    }
  }
  return results;
}

/// Factors X on one layout; everything on every process. Collective over `world`.
template <class Real = double>
WholeRun run(const Communicator& world, const JobPlan& plan, const Matrix& X,
             const FactorizeOptions& options, bool sparse = false,
             const std::optional<WholeFactors>& start = {}, const RunHooks& hooks = {},
             const CheckpointOptions& checkpoint = {}) {
  const auto spread_X = spread<Real>(world, plan, X, sparse);
  std::optional<GivenStart> given;
  if (spread_X && start) given = start_here(*spread_X, *start);
  Factorization found =
      factorize(world, plan, spread_X ? &*spread_X : nullptr, options, given, hooks, checkpoint);
  WholeRun whole;
  whole.factors = collect(world, found.factors, X.rows(), X.cols(), options.components);
  whole.best = found.best;
  whole.stacked = max_over(world, found.factors.stack_A.width());
  whole.restarts = share(world, std::move(found.restarts));
  return whole;
}

/// The same on this process alone: one group, a 1 x 1 grid, one restart after the other.
template <class Real = double>
WholeRun run_alone(const Communicator& world, const Matrix& X, const FactorizeOptions& options,
                   bool sparse = false, const std::optional<WholeFactors>& start = {}) {
  const Communicator alone = world.split(world.rank());
  const JobPlan plan{.groups = 1, .grid = {1, 1}, .batch = 1, .restarts = options.restarts};
  return run<Real>(alone, plan, X, options, sparse, start);
}

/// Expects the same restarts with the same ends, and errors that agree relatively to `tolerance`.
inline void expect_same_traces(const WholeRun& found, const WholeRun& expected, double tolerance) {
  ASSERT_EQ(found.restarts.size(), expected.restarts.size());
  for (std::size_t r = 0; r < found.restarts.size(); ++r) {
    const RestartResult& mine = found.restarts[r];
    const RestartResult& reference = expected.restarts[r];
    EXPECT_EQ(mine.restart, reference.restart);
    EXPECT_EQ(mine.stop, reference.stop);
    EXPECT_NEAR(mine.relative_error, reference.relative_error,
                tolerance * reference.relative_error);
    ASSERT_EQ(mine.trace.size(), reference.trace.size());
    for (std::size_t t = 0; t < mine.trace.size(); ++t) {
      const double error = reference.trace[t].relative_error;
      ASSERT_EQ(mine.trace[t].iteration, static_cast<Index>(t));
      ASSERT_EQ(reference.trace[t].iteration, static_cast<Index>(t));
      ASSERT_NEAR(mine.trace[t].relative_error, error, tolerance * error)
          << "restart " << r << ", iteration " << t;
    }
  }
}

/// One group on the squarest of the grids of all processes.
inline JobPlan squarest(const Communicator& world, Index restarts = 1) {
  const std::vector<GridShape> shapes = grid_shapes(world.size());
  return {.groups = 1, .grid = shapes[shapes.size() / 2], .batch = restarts, .restarts = restarts};
}

/// The whole of a distributed matrix, on every process.
inline Matrix whole_of(const DistributedMatrix<double>& X) {
  std::vector<double> values(static_cast<std::size_t>(X.rows() * X.columns()), 0.0);
  std::vector<double> row(static_cast<std::size_t>(X.block_columns().size()));
  for (Index i = 0; i < X.block_rows().size(); ++i) {
    X.entries().copy_row(i, row);
    const Index first = (X.block_rows().begin + i) * X.columns() + X.block_columns().begin;
    std::ranges::copy(row, values.begin() + first);
  }
  sum_over(X.grid().all(), std::span<double>(values));
  Matrix whole(X.rows(), X.columns());
  for (Index i = 0; i < X.rows(); ++i) {
    for (Index j = 0; j < X.columns(); ++j) {
      whole(i, j) = values[static_cast<std::size_t>(i * X.columns() + j)];
    }
  }
  return whole;
}

/// ||X - A S|| / ||X||, entry by entry.
inline double plain_relative_error(const Matrix& X, const WholeFactors& factors) {
  double residual = 0;
  double norm = 0;
  for (Index i = 0; i < X.rows(); ++i) {
    for (Index j = 0; j < X.cols(); ++j) {
      double model = 0;
      for (Index l = 0; l < factors.A.cols(); ++l) model += factors.A(i, l) * factors.S(j, l);
      residual += (X(i, j) - model) * (X(i, j) - model);
      norm += X(i, j) * X(i, j);
    }
  }
  return std::sqrt(residual / norm);
}

}  // namespace partita::testing
