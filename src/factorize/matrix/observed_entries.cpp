#include "factorize/matrix/observed_entries.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <bit>
#include <numeric>
#include <tuple>
#include <vector>

#include "comm/collectives.hpp"

namespace partita {

namespace {

/// What each process sends at a time, about.
constexpr Index kBatchBytes = Index{8} << 20;
/// Numbers of an entry that travels: row, column, value, weight.
constexpr Index kParts = 4;

/// The weights of the entries of X, which both list by rows, columns ascending.
template <class Real>
std::vector<Real> matched(const RowEntries<Real>& X, const RowEntries<Real>& weights) {
  std::vector<Real> found(X.values.size(), Real{0});
  for (std::size_t i = 0; i + 1 < X.begin.size(); ++i) {
    Index w = weights.begin[i];
    for (Index e = X.begin[i]; e < X.begin[i + 1]; ++e) {
      const auto column = X.columns[static_cast<std::size_t>(e)];
      while (w < weights.begin[i + 1] && weights.columns[static_cast<std::size_t>(w)] < column) ++w;
      if (w == weights.begin[i + 1]) break;
      if (weights.columns[static_cast<std::size_t>(w)] != column) continue;
      found[static_cast<std::size_t>(e)] = weights.values[static_cast<std::size_t>(w)];
    }
  }
  return found;
}

template <class Real>
double weighted_norm(const EntryRows<Real>& rows) {
  double sum = 0;
  for (Index i = 0; i < rows.rows(); ++i) {
    const EntryRow<Real> row = row_of(rows, i);
    for (std::size_t e = 0; e < row.size(); ++e) {
      const auto value = static_cast<double>(row.values[e]);
      sum += row.weight(e) * value * value;
    }
  }
  return sum;
}

/// Sorts what has arrived by columns of X, and in a column by rows.
template <class Real>
EntryRows<Real> by_columns(const std::vector<Index>& arrived, Range columns, bool weighted) {
  EntryRows<Real> sorted;
  RowEntries<Real>& entries = sorted.entries;
  const std::size_t count = arrived.size() / kParts;
  entries.begin.assign(static_cast<std::size_t>(columns.size()) + 1, 0);
  const auto place = [&](std::size_t e) {
    return static_cast<std::size_t>(arrived[kParts * e + 1] - columns.begin);
  };
  for (std::size_t e = 0; e < count; ++e) ++entries.begin[place(e) + 1];
  std::partial_sum(entries.begin.begin(), entries.begin.end(), entries.begin.begin());
  entries.columns.resize(count);
  entries.values.resize(count);
  if (weighted) sorted.weights.resize(count);
  // Senders come in the order of their ranks in every batch, which need not be that of rows.
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t e) { return arrived[kParts * e]; });
  std::vector<Index> next(entries.begin.begin(), entries.begin.end() - 1);
  for (const std::size_t e : order) {
    const auto at = static_cast<std::size_t>(next[place(e)]++);
    entries.columns[at] = static_cast<std::int32_t>(arrived[kParts * e]);
    entries.values[at] = static_cast<Real>(std::bit_cast<double>(arrived[kParts * e + 2]));
    if (weighted) {
      sorted.weights[at] = static_cast<Real>(std::bit_cast<double>(arrived[kParts * e + 3]));
    }
  }
  return sorted;
}

/// Sends every entry to the process that owns its column of S. Collective.
template <class Real>
std::vector<Index> to_owners_of_columns(const Communicator& all, const MatrixLayout& layout,
                                        const EntryRows<Real>& rows, Index first_row) {
  std::vector<int> owner(static_cast<std::size_t>(layout.columns()));
  for (int process = 0; process < all.size(); ++process) {
    const Range columns = layout.factor_columns(process);
    std::fill(owner.begin() + columns.begin, owner.begin() + columns.end, process);
  }
  std::vector<Index> arrived;
  Index next = 0;
  do {
    std::vector<std::vector<Index>> outgoing(static_cast<std::size_t>(all.size()));
    for (Index packed = 0;
         next < rows.rows() && packed * kParts * static_cast<Index>(sizeof(Index)) < kBatchBytes;
         ++next) {
      const EntryRow<Real> row = row_of(rows, next);
      packed += static_cast<Index>(row.size());
      for (std::size_t e = 0; e < row.size(); ++e) {
        const auto to = static_cast<std::size_t>(owner[static_cast<std::size_t>(row.columns[e])]);
        outgoing[to].insert(outgoing[to].end(),
                            {first_row + next, Index{row.columns[e]},
                             std::bit_cast<Index>(static_cast<double>(row.values[e])),
                             std::bit_cast<Index>(row.weight(e))});
      }
    }
    const std::vector<Index> batch = exchange(all, outgoing);
    arrived.insert(arrived.end(), batch.begin(), batch.end());
  } while (max_over(all, next < rows.rows() ? 1 : 0) > 0);
  return arrived;
}

}  // namespace

template <class Real>
ObservedEntries<Real> observe(const ProcessGrid& grid, const MatrixLayout& layout,
                              const Block<Real>& block, const EntryWeights<Real>& weights) {
  if (grid.shape().columns != 1 || block.entries() == nullptr) {
    throw Error(ErrorKind::internal, "weights of entries need whole rows of X on every process");
  }
  const Communicator& all = grid.all();
  ObservedEntries<Real> observed;
  EntryRows<Real>& rows = observed.of_rows;
  block.entries()->gather({0, block.rows()}, rows.entries);
  if (weights.of_stored != nullptr) {
    RowEntries<Real> of_stored;
    weights.of_stored->entries()->gather({0, block.rows()}, of_stored);
    rows.weights = matched(rows.entries, of_stored);
  }
  observed.squared_norm = sum_over(all, weighted_norm(rows));
  const Index first_row = layout.block_rows(all.rank()).begin;
  observed.of_columns =
      by_columns<Real>(to_owners_of_columns(all, layout, rows, first_row),
                       layout.factor_columns(all.rank()), weights.of_stored != nullptr);
  return observed;
}

template ObservedEntries<double> observe(const ProcessGrid&, const MatrixLayout&,
                                         const Block<double>&, const EntryWeights<double>&);
template ObservedEntries<float> observe(const ProcessGrid&, const MatrixLayout&,
                                        const Block<float>&, const EntryWeights<float>&);

}  // namespace partita
