#include "data/blocks/dense_block.hpp"

#include <algorithm>
#include <utility>

#include "base/interruption.hpp"
#include "data/blocks/fingerprint.hpp"
#include "data/blocks/panels.hpp"
#include "data/kernels/dense_products.hpp"
#include "data/kernels/reductions.hpp"
#include "data/kernels/residual.hpp"

namespace partita {

namespace {

/// Entries that are visited at a time.
constexpr Index kBatch = 4096;

template <class Real>
kernels::DenseView<Real> rows_of(const DenseBlock<Real>& block, Range range) {
  return {block.row(range.begin), range.size(), block.columns(), block.columns()};
}

}  // namespace

template <class Real>
DenseBlock<Real>::DenseBlock(Index rows, Index columns)
    : DenseBlock(rows, columns, Storage<Real>::zeros(rows * columns)) {}

template <class Real>
DenseBlock<Real>::DenseBlock(Index rows, Index columns, Storage<Real> values)
    : rows_(rows), columns_(columns), values_(std::move(values)) {}

template <class Real>
Index DenseBlock<Real>::panel_rows(Index width) const {
  return dense_panel_rows<Real>(rows_, columns_, width);
}

template <class Real>
void DenseBlock<Real>::times(Range range, const TallMatrix<Real>& T, Real* P) const {
  kernels::times(rows_of(*this, range), T.data(), T.width(), P);
}

template <class Real>
void DenseBlock<Real>::add_transposed_times(Range range, const Real* A, TallMatrix<Real>& Q) const {
  kernels::add_transposed_times(rows_of(*this, range), A, Q.width(), Q.data());
}

template <class Real>
double DenseBlock<Real>::squared_norm() const {
  return kernels::squared_norm(values_.values().data(), stored());
}

template <class Real>
std::uint64_t DenseBlock<Real>::fingerprint(GlobalIndex row, GlobalIndex column) const {
  const auto multipliers = column_multipliers(column, columns_);
  std::uint64_t sum = 0;
  for (Index i = 0; i < rows_; ++i) {
    check_interrupted();
    const std::span<const Real> values(this->row(i), static_cast<std::size_t>(columns_));
    sum += row_fingerprint(row.value + i, values, multipliers);
  }
  return sum;
}

template <class Real>
double DenseBlock<Real>::residual_squared(TallView<const Real> A, TallView<const Real> T) const {
  return sum_over_panels(rows_, panel_rows(A.width), [&](Range rows) {
    return kernels::residual_squared_dense(rows_of(*this, rows), A.row(rows.begin), T.data, A.width,
                                           A.stride, T.stride);
  });
}

template <class Real>
void DenseBlock<Real>::visit(Range rows, const typename BlockEntries<Real>::Visit& visit) const {
  std::vector<LocalEntry<Real>> batch;
  batch.reserve(static_cast<std::size_t>(std::min(columns_, kBatch)));
  for (Index i = rows.begin; i < rows.end; ++i) {
    for (Index first = 0; first < columns_; first += kBatch) {
      batch.clear();
      for (Index j = first; j < std::min(first + kBatch, columns_); ++j) {
        batch.push_back({static_cast<std::int32_t>(i), static_cast<std::int32_t>(j), row(i)[j]});
      }
      visit(batch);
    }
  }
}

template <class Real>
void DenseBlock<Real>::gather(Range rows, RowEntries<Real>& out) const {
  const auto count = static_cast<std::size_t>(rows.size() * columns_);
  out.begin.resize(static_cast<std::size_t>(rows.size()) + 1);
  for (std::size_t r = 0; r < out.begin.size(); ++r) {
    out.begin[r] = static_cast<Index>(r) * columns_;
  }
  out.columns.resize(count);
  for (std::size_t e = 0; e < count; ++e) {
    out.columns[e] = static_cast<std::int32_t>(static_cast<Index>(e) % columns_);
  }
  out.values.assign(row(rows.begin), row(rows.begin) + count);
}

template <class Real>
void DenseBlock<Real>::pick(Index i, std::span<const Index> columns, Real* out) const {
  for (const Index j : columns) *out++ = row(i)[j];
}

template <class Real>
std::vector<double> DenseBlock<Real>::squared_norms_of_rows() const {
  std::vector<double> norms(static_cast<std::size_t>(rows_));
  for (Index i = 0; i < rows_; ++i) {
    norms[static_cast<std::size_t>(i)] = kernels::squared_norm(row(i), columns_);
  }
  return norms;
}

template <class Real>
std::vector<double> DenseBlock<Real>::squared_norms_of_columns() const {
  std::vector<double> norms(static_cast<std::size_t>(columns_), 0.0);
  for (Index i = 0; i < rows_; ++i) {
    for (Index j = 0; j < columns_; ++j) {
      const auto value = static_cast<double>(row(i)[j]);
      norms[static_cast<std::size_t>(j)] += value * value;
    }
  }
  return norms;
}

template <class Real>
void DenseBlock<Real>::copy_row(Index i, std::span<Real> out) const {
  std::copy_n(row(i), columns_, out.begin());
}

template <class Real>
void DenseBlock<Real>::copy_column(Index j, std::span<Real> out) const {
  for (Index i = 0; i < rows_; ++i) out[static_cast<std::size_t>(i)] = row(i)[j];
}

template <class Real>
std::unique_ptr<Block<Real>> DenseBlock<Real>::select_rows(std::span<const Index> list) const {
  auto chosen = std::make_unique<DenseBlock>(static_cast<Index>(list.size()), columns_);
  for (std::size_t r = 0; r < list.size(); ++r) {
    std::copy_n(row(list[r]), columns_, chosen->row(static_cast<Index>(r)));
  }
  return chosen;
}

template <class Real>
std::unique_ptr<Block<Real>> DenseBlock<Real>::select_columns(std::span<const Index> list) const {
  auto chosen = std::make_unique<DenseBlock>(rows_, static_cast<Index>(list.size()));
  for (Index i = 0; i < rows_; ++i) {
    const Real* from = row(i);
    Real* to = chosen->row(i);
    for (std::size_t c = 0; c < list.size(); ++c) to[c] = from[list[c]];
  }
  return chosen;
}

template class DenseBlock<double>;
template class DenseBlock<float>;

}  // namespace partita
