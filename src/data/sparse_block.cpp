#include "partita/data/sparse_block.hpp"

#include "partita/data/kernels.hpp"
#include "partita/data/sparse_builder.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "data/fingerprint.hpp"
#include "data/gram.hpp"
#include "data/panels.hpp"

namespace partita {

namespace {

/// Share of ||A Tᵀ||² below which a residual found by subtraction has lost two digits.
constexpr double kCancellation = 1e-2;

template <class Real>
kernels::CsrView<Real> rows_of(const SparseBlock<Real>& block, Range range) {
  return {block.row_starts().data() + range.begin, block.column_indices().data(),
          block.values().data(), range.size(), block.columns()};
}

}  // namespace

template <class Real>
SparseBlock<Real>::SparseBlock(Index rows, Index columns, CsrArrays<Real> arrays)
    : rows_(rows), columns_(columns), arrays_(std::move(arrays)) {}

template <class Real>
SparseBlock<Real>::SparseBlock(Index rows, Index columns,
                               const std::vector<LocalEntry<Real>>& entries)
    : rows_(rows), columns_(columns) {
  SparseBuilder<Real> builder(rows, columns);
  for (const LocalEntry<Real>& entry : entries) builder.add(entry);
  arrays_ = builder.write();
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
  return kernels::squared_norm(values().data(), stored());
}

template <class Real>
std::vector<double> SparseBlock<Real>::squared_norms_of_rows() const {
  std::vector<double> norms(static_cast<std::size_t>(rows_));
  for (Index i = 0; i < rows_; ++i) {
    norms[static_cast<std::size_t>(i)] =
        kernels::squared_norm(values().data() + row(i).begin, row(i).size());
  }
  return norms;
}

template <class Real>
std::vector<double> SparseBlock<Real>::squared_norms_of_columns() const {
  std::vector<double> norms(static_cast<std::size_t>(columns_), 0.0);
  for (std::size_t e = 0; e < values().size(); ++e) {
    const auto value = static_cast<double>(values()[e]);
    norms[static_cast<std::size_t>(column_indices()[e])] += value * value;
  }
  return norms;
}

template <class Real>
std::uint64_t SparseBlock<Real>::fingerprint(GlobalIndex row, GlobalIndex column) const {
  const auto multipliers = column_multipliers(column, columns_);
  std::uint64_t sum = 0;
  for (Index i = 0; i < rows_; ++i) {
    const Range entries = this->row(i);
    std::uint64_t of_row = 0;
    for (Index e = entries.begin; e < entries.end; ++e) {
      const auto entry = static_cast<std::size_t>(e);
      of_row += multipliers[static_cast<std::size_t>(column_indices()[entry])] *
                value_fingerprint(static_cast<double>(values()[entry]));
    }
    sum += row_multiplier(row.value + i) * of_row;
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
  const double model_squared = product_squared_norm(A, T);
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
  for (Index e = row(i).begin; e < row(i).end; ++e) {
    const auto entry = static_cast<std::size_t>(e);
    out[static_cast<std::size_t>(column_indices()[entry])] = values()[entry];
  }
}

template <class Real>
void SparseBlock<Real>::copy_column(Index j, std::span<Real> out) const {
  for (Index i = 0; i < rows_; ++i) {
    const auto begin = column_indices().begin() + row(i).begin;
    const auto end = column_indices().begin() + row(i).end;
    const auto found = std::lower_bound(begin, end, static_cast<std::int32_t>(j));
    out[static_cast<std::size_t>(i)] =
        found != end && *found == j
            ? values()[static_cast<std::size_t>(found - column_indices().begin())]
            : Real{0};
  }
}

template <class Real>
std::unique_ptr<Block<Real>> SparseBlock<Real>::select_rows(std::span<const Index> list) const {
  Storage<Index> starts(static_cast<Index>(list.size()) + 1);
  starts.values()[0] = 0;
  for (std::size_t r = 0; r < list.size(); ++r) {
    starts.values()[r + 1] = starts.values()[r] + row(list[r]).size();
  }
  const Index stored = starts.values()[list.size()];
  CsrArrays<Real> chosen{starts, Storage<std::int32_t>(stored), Storage<Real>(stored)};
  for (std::size_t r = 0; r < list.size(); ++r) {
    const Range entries = row(list[r]);
    const auto from = static_cast<std::size_t>(entries.begin);
    const auto count = static_cast<std::size_t>(entries.size());
    std::ranges::copy(column_indices().subspan(from, count),
                      chosen.column_indices.values().begin() + starts.values()[r]);
    std::ranges::copy(values().subspan(from, count),
                      chosen.values.values().begin() + starts.values()[r]);
  }
  return std::make_unique<SparseBlock>(static_cast<Index>(list.size()), columns_,
                                       std::move(chosen));
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
  const auto for_each_chosen = [&](Index i, auto take) {
    for (Index e = row(i).begin; e < row(i).end; ++e) {
      const auto entry = static_cast<std::size_t>(e);
      for (std::int32_t place = last_place[static_cast<std::size_t>(column_indices()[entry])];
           place >= 0; place = place_before[static_cast<std::size_t>(place)]) {
        take(place, values()[entry]);
      }
    }
  };
  Storage<Index> starts(rows_ + 1);
  starts.values()[0] = 0;
  for (Index i = 0; i < rows_; ++i) {
    Index count = starts.values()[static_cast<std::size_t>(i)];
    for_each_chosen(i, [&](std::int32_t, Real) { ++count; });
    starts.values()[static_cast<std::size_t>(i) + 1] = count;
  }
  const Index stored = starts.values().back();
  CsrArrays<Real> chosen{starts, Storage<std::int32_t>(stored), Storage<Real>(stored)};
  std::vector<std::pair<std::int32_t, Real>> of_row;
  for (Index i = 0; i < rows_; ++i) {
    of_row.clear();
    for_each_chosen(i, [&](std::int32_t place, Real value) { of_row.emplace_back(place, value); });
    std::ranges::sort(of_row, {}, &std::pair<std::int32_t, Real>::first);
    auto next = static_cast<std::size_t>(starts.values()[static_cast<std::size_t>(i)]);
    for (const auto& [place, value] : of_row) {
      chosen.column_indices.values()[next] = place;
      chosen.values.values()[next++] = value;
    }
  }
  return std::make_unique<SparseBlock>(rows_, static_cast<Index>(list.size()), std::move(chosen));
}

template class SparseBlock<double>;
template class SparseBlock<float>;

}  // namespace partita
