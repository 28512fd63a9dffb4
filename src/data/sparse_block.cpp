#include "partita/data/sparse_block.hpp"

#include "partita/base/error.hpp"
#include "partita/base/hash.hpp"
#include "partita/data/kernels.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include "data/panels.hpp"

namespace partita {

namespace {

constexpr Index kLargestExtent = std::numeric_limits<std::int32_t>::max();
/// Share of ||A Tᵀ||² below which a residual found by subtraction has lost two digits.
constexpr double kCancellation = 1e-2;

/// ||A Tᵀ||² = <AᵀA, TᵀT>, without forming A Tᵀ.
template <class Real>
double model_squared_norm(TallView<Real> A, TallView<Real> T) {
  GramMatrix gram_A(A.width);
  GramMatrix gram_T(A.width);
  kernels::gram(A.data, A.rows, A.width, A.stride, gram_A.data());
  kernels::gram(T.data, T.rows, T.width, T.stride, gram_T.data());
  return std::inner_product(gram_A.values().begin(), gram_A.values().end(), gram_T.values().begin(),
                            0.0);
}

template <class Real>
kernels::CsrView<Real> rows_of(const SparseBlock<Real>& block, Range range) {
  return {block.row_starts().data() + range.begin, block.column_indices().data(),
          block.values().data(), range.size(), block.columns()};
}

/// Row starts of entries counted by row.
template <class Real>
std::vector<Index> count_rows(Index rows, const std::vector<LocalEntry<Real>>& entries) {
  std::vector<Index> starts(static_cast<std::size_t>(rows) + 1, 0);
  for (const auto& entry : entries) ++starts[static_cast<std::size_t>(entry.row) + 1];
  std::partial_sum(starts.begin(), starts.end(), starts.begin());
  return starts;
}

/// Sorts entries by row (counting sort), and inside each row by column.
template <class Real>
std::vector<LocalEntry<Real>> sorted(const std::vector<LocalEntry<Real>>& entries,
                                     const std::vector<Index>& starts) {
  std::vector<LocalEntry<Real>> ordered(entries.size());
  std::vector<Index> next(starts.begin(), starts.end() - 1);
  for (const auto& entry : entries) {
    ordered[static_cast<std::size_t>(next[static_cast<std::size_t>(entry.row)]++)] = entry;
  }
  // Stable, so that duplicates add up in the order they came.
  for (std::size_t i = 0; i + 1 < starts.size(); ++i) {
    std::stable_sort(ordered.begin() + starts[i], ordered.begin() + starts[i + 1],
                     [](const auto& a, const auto& b) { return a.column < b.column; });
  }
  return ordered;
}

}  // namespace

template <class Real>
SparseBlock<Real>::SparseBlock(Index rows, Index columns, std::vector<LocalEntry<Real>> entries)
    : rows_(rows), columns_(columns) {
  if (rows > kLargestExtent || columns > kLargestExtent) {
    throw Error(ErrorKind::usage, "a sparse block of " + std::to_string(rows) + " x " +
                                      std::to_string(columns) +
                                      " exceeds 2^31 - 1 rows or columns; use more processes");
  }
  const std::vector<Index> starts = count_rows(rows, entries);
  const std::vector<LocalEntry<Real>> ordered = sorted(entries, starts);
  entries = {};
  row_starts_.reserve(starts.size());
  row_starts_.push_back(0);
  column_indices_.reserve(ordered.size());
  values_.reserve(ordered.size());
  for (std::size_t i = 0; i + 1 < starts.size(); ++i) {
    const auto row_begin = static_cast<std::size_t>(row_starts_.back());
    for (Index e = starts[i]; e < starts[i + 1]; ++e) {
      const auto& entry = ordered[static_cast<std::size_t>(e)];
      if (values_.size() > row_begin && column_indices_.back() == entry.column) {
        values_.back() += entry.value;
      } else {
        column_indices_.push_back(entry.column);
        values_.push_back(entry.value);
      }
    }
    row_starts_.push_back(static_cast<Index>(values_.size()));
  }
}

template <class Real>
void SparseBlock<Real>::times(Range range, const TallMatrix<Real>& T, Real* P) const {
  kernels::times(rows_of(*this, range), T.data(), T.width(), P);
}

template <class Real>
void SparseBlock<Real>::add_transposed_times(Range range, const Real* A,
                                             TallMatrix<Real>& Q) const {
  kernels::add_transposed_times(rows_of(*this, range), A, Q.width(), Q.data());
}

template <class Real>
double SparseBlock<Real>::squared_norm() const {
  return kernels::squared_norm(values_.data(), stored());
}

template <class Real>
std::uint64_t SparseBlock<Real>::fingerprint(GlobalIndex row, GlobalIndex column) const {
  std::uint64_t sum = 0;
  for (Index i = 0; i < rows_; ++i) {
    for (Index e = row_starts_[static_cast<std::size_t>(i)];
         e < row_starts_[static_cast<std::size_t>(i) + 1]; ++e) {
      const auto entry = static_cast<std::size_t>(e);
      if (values_[entry] == 0) continue;
      sum +=
          entry_fingerprint(row.value + i, column.value + column_indices_[entry], values_[entry]);
    }
  }
  return sum;
}

template <class Real>
double SparseBlock<Real>::residual_squared(TallView<Real> A, TallView<Real> T) const {
  const Index step = panel_rows(*this, A.width);
  // the stored entries of every panel: what X lacks there, and what the model has there already
  const double stored = sum_over_panels(rows_, step, [&](Range rows) {
    const auto terms = kernels::residual_terms_sparse(rows_of(*this, rows), A.row(rows.begin),
                                                      T.data, A.width, A.stride, T.stride);
    return terms.residual_squared - terms.model_squared;
  });
  const double model_squared = model_squared_norm(A, T);
  const double residual = model_squared + stored;
  // The bracket is a difference of large numbers; where little is left of them, go entry by entry.
  if (residual >= kCancellation * model_squared) return residual;
  return sum_over_panels(rows_, step, [&](Range rows) {
    return kernels::residual_squared_sparse_exact(rows_of(*this, rows), A.row(rows.begin), T.data,
                                                  A.width, A.stride, T.stride);
  });
}

template <class Real>
void SparseBlock<Real>::copy_row(Index i, std::span<Real> out) const {
  std::ranges::fill(out, Real{0});
  for (Index e = row_starts_[static_cast<std::size_t>(i)];
       e < row_starts_[static_cast<std::size_t>(i) + 1]; ++e) {
    const auto entry = static_cast<std::size_t>(e);
    out[static_cast<std::size_t>(column_indices_[entry])] = values_[entry];
  }
}

template <class Real>
void SparseBlock<Real>::copy_column(Index j, std::span<Real> out) const {
  for (std::size_t i = 0; i < static_cast<std::size_t>(rows_); ++i) {
    const auto begin = column_indices_.begin() + row_starts_[i];
    const auto end = column_indices_.begin() + row_starts_[i + 1];
    const auto found = std::lower_bound(begin, end, static_cast<std::int32_t>(j));
    out[i] = found != end && *found == j
                 ? values_[static_cast<std::size_t>(found - column_indices_.begin())]
                 : Real{0};
  }
}

template <class Real>
std::unique_ptr<Block<Real>> SparseBlock<Real>::select_rows(std::span<const Index> list) const {
  auto chosen =
      std::unique_ptr<SparseBlock>(new SparseBlock(static_cast<Index>(list.size()), columns_));
  chosen->row_starts_.push_back(0);
  for (const Index i : list) {
    const Index begin = row_starts_[static_cast<std::size_t>(i)];
    const Index end = row_starts_[static_cast<std::size_t>(i) + 1];
    chosen->column_indices_.insert(chosen->column_indices_.end(), column_indices_.begin() + begin,
                                   column_indices_.begin() + end);
    chosen->values_.insert(chosen->values_.end(), values_.begin() + begin, values_.begin() + end);
    chosen->row_starts_.push_back(static_cast<Index>(chosen->values_.size()));
  }
  return chosen;
}

template <class Real>
std::unique_ptr<Block<Real>> SparseBlock<Real>::select_columns(std::span<const Index> list) const {
  // Places of each column in the list, chained: a column may be chosen more than once.
  std::vector<std::int32_t> last_place(static_cast<std::size_t>(columns_), -1);
  std::vector<std::int32_t> place_before(list.size(), -1);
  for (std::size_t c = 0; c < list.size(); ++c) {
    place_before[c] =
        std::exchange(last_place[static_cast<std::size_t>(list[c])], static_cast<std::int32_t>(c));
  }
  std::vector<LocalEntry<Real>> entries;
  for (Index i = 0; i < rows_; ++i) {
    for (Index e = row_starts_[static_cast<std::size_t>(i)];
         e < row_starts_[static_cast<std::size_t>(i) + 1]; ++e) {
      const auto entry = static_cast<std::size_t>(e);
      for (std::int32_t place = last_place[static_cast<std::size_t>(column_indices_[entry])];
           place >= 0; place = place_before[static_cast<std::size_t>(place)]) {
        entries.push_back({static_cast<std::int32_t>(i), place, values_[entry]});
      }
    }
  }
  return std::make_unique<SparseBlock>(rows_, static_cast<Index>(list.size()), std::move(entries));
}

template class SparseBlock<double>;
template class SparseBlock<float>;

}  // namespace partita
