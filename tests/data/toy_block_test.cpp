// A kind of block made outside of the library: X in bytes, arithmetic in double. Nothing but its
// products is known of it.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "comm/process_grid.hpp"
#include "data/blocks/block.hpp"
#include "data/blocks/dense_block.hpp"
#include "factorize/factorize.hpp"
#include "factorize/matrix/distributed_matrix.hpp"

namespace partita::testing {
namespace {

class ByteBlock final : public Block<double> {
 public:
  ByteBlock(Index rows, Index columns, std::vector<std::uint8_t> values)
      : rows_(rows), columns_(columns), values_(std::move(values)) {}

  [[nodiscard]] Index rows() const override { return rows_; }
  [[nodiscard]] Index columns() const override { return columns_; }
  [[nodiscard]] Index stored() const override { return rows_ * columns_; }
  [[nodiscard]] bool is_sparse() const override { return false; }
  [[nodiscard]] Index panel_rows(Index /*width*/) const override { return 8; }
  void times(Range range, const TallMatrix<double>& T, double* P) const override {
    std::fill_n(P, range.size() * T.width(), 0.0);
    for_each(range, [&](Index i, Index j, double x) {
      for (Index l = 0; l < T.width(); ++l) P[(i - range.begin) * T.width() + l] += x * T(j, l);
    });
  }
  void add_transposed_times(Range range, const double* A, TallMatrix<double>& sum) const override {
    const Index width = sum.width();
    for_each(range, [&](Index i, Index j, double x) {
      for (Index l = 0; l < width; ++l) sum(j, l) += x * A[(i - range.begin) * width + l];
    });
  }
  [[nodiscard]] double squared_norm() const override {
    double sum = 0;
    for_each({0, rows_}, [&](Index, Index, double x) { sum += x * x; });
    return sum;
  }
  [[nodiscard]] double residual_squared(TallView<const double> A,
                                        TallView<const double> T) const override {
    double sum = 0;
    for_each({0, rows_}, [&](Index i, Index j, double x) {
      for (Index l = 0; l < A.width; ++l) x -= A.row(i)[l] * T.row(j)[l];
      sum += x * x;
    });
    return sum;
  }

 private:
  template <class Take>
  void for_each(Range range, Take take) const {
    for (Index i = range.begin; i < range.end; ++i) {
      for (Index j = 0; j < columns_; ++j) {
        take(i, j, static_cast<double>(values_[static_cast<std::size_t>(i * columns_ + j)]));
      }
    }
  }

  Index rows_;
  Index columns_;
  std::vector<std::uint8_t> values_;
};

constexpr Index kRows = 40;
constexpr Index kColumns = 25;

std::uint8_t entry(Index i, Index j) {
  return static_cast<std::uint8_t>((i * i + 7 * j + i * j) % 11);
}

/// This process's part of X, in bytes or as doubles.
std::unique_ptr<Block<double>> part(Range rows, Range columns, bool in_bytes) {
  if (in_bytes) {
    std::vector<std::uint8_t> values;
    for (Index i = rows.begin; i < rows.end; ++i) {
      for (Index j = columns.begin; j < columns.end; ++j) values.push_back(entry(i, j));
    }
    return std::make_unique<ByteBlock>(rows.size(), columns.size(), std::move(values));
  }
  auto dense = std::make_unique<DenseBlock<double>>(rows.size(), columns.size());
  for (Index i = rows.begin; i < rows.end; ++i) {
    for (Index j = columns.begin; j < columns.end; ++j) {
      dense->row(i - rows.begin)[j - columns.begin] = entry(i, j);
    }
  }
  return dense;
}

TEST(ToyBlock, IsFactoredAsADenseOneIs) {
  const Communicator world = Communicator::world();
  const JobPlan plan{.groups = 1, .grid = {1, world.size()}, .batch = 2, .restarts = 2};
  const MatrixLayout layout(kRows, kColumns, plan.grid);
  FactorizeOptions options;
  options.components = 3;
  options.restarts = 2;
  options.stop.max_iterations = 60;
  std::vector<double> errors;
  for (const bool in_bytes : {true, false}) {
    const DistributedMatrix<double> X(
        ProcessGrid(world, plan.grid), layout,
        part(layout.block_rows(world.rank()), layout.block_columns(world.rank()), in_bytes));
    errors.push_back(factorize(world, plan, &X, options).best.relative_error);
  }
  EXPECT_GT(errors[0], 0);
  EXPECT_NEAR(errors[0], errors[1], 1e-9);
}

}  // namespace
}  // namespace partita::testing
