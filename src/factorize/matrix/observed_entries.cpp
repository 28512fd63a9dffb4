#include "factorize/matrix/observed_entries.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include "comm/collectives.hpp"
#include "factorize/matrix/entries_of.hpp"
#include "factorize/matrix/entry_travel.hpp"
#include "update/entry_penalty.hpp"

namespace partita {

namespace {

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

/// Calls `visit` with every entry of my rows that counts, as (weight, value).
template <class Real, class Visit>
void for_each_known(const EntryRows<Real>& rows, Visit visit) {
  for (Index i = 0; i < rows.rows(); ++i) {
    const EntryRow<Real> row = row_of(rows, i);
    for (std::size_t e = 0; e < row.size(); ++e) {
      const double weight = row.weight(e);
      if (weight > 0) visit(weight, static_cast<double>(row.values[e]));
    }
  }
}

template <class Real>
Index rows_without(const EntryRows<Real>& rows) {
  Index count = 0;
  for (Index i = 0; i < rows.rows(); ++i) {
    if (EntryPenalty::known_entries(row_of(rows, i)) == 0) ++count;
  }
  return count;
}

/// Collective.
template <class Real>
EntryFacts facts_of(const Communicator& all, const EntryRows<Real>& rows,
                    const EntryRows<Real>& columns) {
  EntryFacts facts;
  std::array<double, 3> sums{};  // of entries, weights, values by weight
  double least = std::numeric_limits<double>::infinity();
  double most = -least;
  for_each_known(rows, [&](double weight, double value) {
    sums[0] += 1;
    sums[1] += weight;
    sums[2] += weight * value;
    least = std::min(least, value);
    most = std::max(most, value);
  });
  sum_over(all, std::span<double>(sums));
  facts.known = static_cast<Index>(sums[0]);
  facts.empty_rows = sum_over(all, rows_without(rows));
  facts.empty_columns = sum_over(all, rows_without(columns));
  if (facts.known == 0) return facts;
  facts.least = -max_over(all, -least);
  facts.most = max_over(all, most);
  facts.mean = sums[2] / sums[1];
  double spread = 0;
  for_each_known(rows, [&](double weight, double value) {
    spread += weight * (value - facts.mean) * (value - facts.mean);
  });
  facts.deviation = std::sqrt(sum_over(all, spread) / sums[1]);
  return facts;
}

/// Values that are held in 4^unit become weights, and ones.
template <class Real>
void take_confidence(double confidence, int unit, EntryRows<Real>& rows) {
  rows.weights.resize(rows.entries.values.size());
  std::ranges::transform(rows.entries.values, rows.weights.begin(), [&](Real value) {
    return static_cast<Real>(1 + confidence * std::ldexp(static_cast<double>(value), 2 * unit));
  });
  std::ranges::fill(rows.entries.values, static_cast<Real>(std::ldexp(1.0, -2 * unit)));
}

/// Moves the lines' entries that `is_moved` picks, by line and place in it, to a list of their own.
template <class Real, class Pick>
EntryRows<Real> move_out(EntryRows<Real>& from, Pick is_moved) {
  EntryRows<Real> kept;
  EntryRows<Real> moved;
  for (EntryRows<Real>* to : {&kept, &moved}) to->entries.begin.push_back(0);
  for (Index i = 0; i < from.rows(); ++i) {
    const EntryRow<Real> row = row_of(from, i);
    for (std::size_t e = 0; e < row.size(); ++e) {
      EntryRows<Real>& to = is_moved(i, Index{row.columns[e]}) ? moved : kept;
      to.entries.columns.push_back(row.columns[e]);
      to.entries.values.push_back(row.values[e]);
      if (!row.weights.empty()) to.weights.push_back(row.weights[e]);
    }
    for (EntryRows<Real>* to : {&kept, &moved}) {
      to->entries.begin.push_back(static_cast<Index>(to->entries.columns.size()));
    }
  }
  from = std::move(kept);
  return moved;
}

/// Sorts what has arrived by columns of X, and in a column by rows.
template <class Real>
EntryRows<Real> by_columns(const TravelledEntries& arrived, Range columns, bool weighted) {
  EntryRows<Real> sorted;
  RowEntries<Real>& entries = sorted.entries;
  const std::size_t count = arrived.size();
  entries.begin.assign(static_cast<std::size_t>(columns.size()) + 1, 0);
  const auto place = [&](std::size_t e) {
    return static_cast<std::size_t>(arrived.column(e) - columns.begin);
  };
  for (std::size_t e = 0; e < count; ++e) ++entries.begin[place(e) + 1];
  std::partial_sum(entries.begin.begin(), entries.begin.end(), entries.begin.begin());
  entries.columns.resize(count);
  entries.values.resize(count);
  if (weighted) sorted.weights.resize(count);
  // Senders come in the order of their ranks in every batch, which need not be that of rows.
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t e) { return arrived.row(e); });
  std::vector<Index> next(entries.begin.begin(), entries.begin.end() - 1);
  for (const std::size_t e : order) {
    const auto at = static_cast<std::size_t>(next[place(e)]++);
    entries.columns[at] = static_cast<std::int32_t>(arrived.row(e));
    entries.values[at] = static_cast<Real>(arrived[e].value);
    if (weighted) sorted.weights[at] = static_cast<Real>(arrived[e].weight);
  }
  return sorted;
}

/// Sends every entry to the process that owns its column of S. Collective.
template <class Real>
TravelledEntries to_owners_of_columns(const Communicator& all, const MatrixLayout& layout,
                                      const EntryRows<Real>& rows, Index first_row) {
  std::vector<int> owners(static_cast<std::size_t>(layout.columns()));
  for (int process = 0; process < all.size(); ++process) {
    const Range columns = layout.factor_columns(process);
    std::fill(owners.begin() + columns.begin, owners.begin() + columns.end, process);
  }
  return send_entries(all, rows, first_row, [&](Index /*row*/, Index column) {
    return owners[static_cast<std::size_t>(column)];
  });
}

}  // namespace

template <class Real>
EntryRows<Real> entries_of(const Block<Real>& block, const Block<Real>* weights) {
  EntryRows<Real> rows;
  block.entries()->gather({0, block.rows()}, rows.entries);
  if (weights == nullptr) return rows;
  RowEntries<Real> of_entries;
  weights->entries()->gather({0, block.rows()}, of_entries);
  rows.weights = matched(rows.entries, of_entries);
  return rows;
}

template <class Real>
ObservedEntries<Real> observe(const ProcessGrid& grid, const MatrixLayout& layout,
                              const Block<Real>& block, const EntryWeights<Real>& weights) {
  if (grid.shape().columns != 1 || block.entries() == nullptr) {
    throw Error(ErrorKind::internal, "weights of entries need whole rows of X on every process");
  }
  const Communicator& all = grid.all();
  ObservedEntries<Real> observed;
  EntryRows<Real>& rows = observed.of_rows;
  rows = entries_of(block, weights.of_stored.get());
  if (weights.confidence > 0) take_confidence(weights.confidence, block.unit(), rows);
  observed.squared_norm = sum_over(all, weighted_squared_norm(rows));
  const Index first_row = layout.block_rows(all.rank()).begin;
  observed.of_columns = by_columns<Real>(to_owners_of_columns(all, layout, rows, first_row),
                                         layout.factor_columns(all.rank()), !rows.weights.empty());
  observed.facts = facts_of(all, rows, observed.of_columns);
  return observed;
}

template <class Real>
void take_off(double number, ObservedEntries<Real>& observed) {
  for (EntryRows<Real>* lines : {&observed.of_rows, &observed.of_columns}) {
    for (Real& value : lines->entries.values) value -= static_cast<Real>(number);
  }
  observed.taken_off += number;
}

template <class Real>
EntryRows<Real> hold_out(ObservedEntries<Real>& observed, Range my_rows, Range my_columns,
                         const std::function<bool(Index row, Index column)>& is_held_out) {
  move_out(observed.of_columns,
           [&](Index line, Index row) { return is_held_out(row, my_columns.begin + line); });
  return move_out(observed.of_rows, [&](Index line, Index column) {
    return is_held_out(my_rows.begin + line, column);
  });
}

#define PARTITA_INSTANTIATE(Real)                                         \
  template void take_off(double, ObservedEntries<Real>&);                 \
  template EntryRows<Real> hold_out(ObservedEntries<Real>&, Range, Range, \
                                    const std::function<bool(Index, Index)>&);
PARTITA_INSTANTIATE(double)
PARTITA_INSTANTIATE(float)
#undef PARTITA_INSTANTIATE

template EntryRows<double> entries_of(const Block<double>&, const Block<double>*);
template EntryRows<float> entries_of(const Block<float>&, const Block<float>*);
template ObservedEntries<double> observe(const ProcessGrid&, const MatrixLayout&,
                                         const Block<double>&, const EntryWeights<double>&);
template ObservedEntries<float> observe(const ProcessGrid&, const MatrixLayout&,
                                        const Block<float>&, const EntryWeights<float>&);

}  // namespace partita
