#include "factorize/matrix/strata.hpp"

#include "partita/layout/block_distribution.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numeric>
#include <utility>

#include "base/random.hpp"
#include "comm/collectives.hpp"
#include "factorize/matrix/entry_travel.hpp"

namespace partita {

namespace {

/// Strata are as many squared: shared evenly by 1 to 6, 10, 12, 15, 20, 30 and 60 processes, and so
/// small that the rows of both factors that one needs are in cache.
constexpr Index kBlocks = 60;

/// Known entries of all lines, whose owners have those given. Collective.
template <class Real>
std::vector<Index> known_entries(const Communicator& all, const EntryRows<Real>& lines,
                                 const std::vector<Range>& homes) {
  std::vector<Index> mine(static_cast<std::size_t>(lines.rows()), 0);
  for (Index i = 0; i < lines.rows(); ++i) {
    const EntryRow<Real> row = row_of(lines, i);
    for (std::size_t e = 0; e < row.size(); ++e) {
      if (row.weight(e) > 0) ++mine[static_cast<std::size_t>(i)];
    }
  }
  std::vector<Index> counts(homes.size());
  std::ranges::transform(homes, counts.begin(), &Range::size);
  std::vector<Index> known(static_cast<std::size_t>(homes.back().end));
  all_gather(all, std::span<const Index>(mine), std::span<Index>(known),
             std::span<const Index>(counts));
  return known;
}

template <class Real>
std::vector<Range> homes_of_rows(const DistributedMatrix<Real>& X) {
  std::vector<Range> homes;
  for (int p = 0; p < X.grid().all().size(); ++p) homes.push_back(X.layout().factor_rows(p));
  return homes;
}

template <class Real>
std::vector<Range> homes_of_columns(const DistributedMatrix<Real>& X) {
  std::vector<Range> homes;
  for (int p = 0; p < X.grid().all().size(); ++p) homes.push_back(X.layout().factor_columns(p));
  return homes;
}

template <class Real>
Index blocks_for(const DistributedMatrix<Real>& X) {
  return std::min({kBlocks, X.rows(), X.columns()});
}

}  // namespace

template <class Real>
Strata<Real>::Strata(const DistributedMatrix<Real>& X, std::uint64_t seed)
    : X_(X),
      rows_(cut_lines(known_entries(X.grid().all(), X.observed().of_rows, homes_of_rows(X)),
                      blocks_for(X))),
      columns_(
          deal_lines(known_entries(X.grid().all(), X.observed().of_columns, homes_of_columns(X)),
                     blocks_for(X))),
      moves_of_A_(X.grid().all(), homes_of_rows(X), rows_.place, places_by_process(rows_)),
      moves_of_S_(X.grid().all(), homes_of_columns(X), columns_.place,
                  places_by_process(columns_)) {
  measure();
  place_equations();
  shuffle(seed);
}

template <class Real>
Range Strata<Real>::mine_of(int process) const {
  return BlockDistribution(blocks(), X_.grid().all().size()).range(process);
}

template <class Real>
int Strata<Real>::holder(Index row_block) const {
  const BlockDistribution dealt(blocks(), X_.grid().all().size());
  return static_cast<int>(dealt.owner(GlobalIndex{row_block}));
}

template <class Real>
std::vector<Range> Strata<Real>::places_by_process(const LineBlocks& lines) const {
  std::vector<Range> places;
  for (int p = 0; p < X_.grid().all().size(); ++p) places.push_back(lines.places_of(mine_of(p)));
  return places;
}

template <class Real>
std::span<const Equation<Real>> Strata<Real>::equations(Index row_block, Index column_block) const {
  const std::size_t at = stratum(row_block, column_block);
  const auto begin = static_cast<std::size_t>(begin_[at]);
  return std::span(equations_).subspan(begin, static_cast<std::size_t>(begin_[at + 1]) - begin);
}

template <class Real>
void Strata<Real>::measure() {
  const EntryRows<Real>& rows = X_.observed().of_rows;
  std::array<double, 4> sums{};  // of entries, weights, values and squares by weight
  for (Index i = 0; i < rows.rows(); ++i) {
    const EntryRow<Real> row = row_of(rows, i);
    for (std::size_t e = 0; e < row.size(); ++e) {
      const double weight = row.weight(e);
      const auto value = static_cast<double>(row.values[e]);
      if (weight > 0) sums[0] += 1;
      sums[1] += weight;
      sums[2] += weight * value;
      sums[3] += weight * value * value;
    }
  }
  sum_over(X_.grid().all(), std::span<double>(sums));
  const auto [known, weights, values, squares] = sums;
  if (!(squares > 0)) return;
  mean_weight_ = weights / known;
  mean_square_ = squares / weights;
  const double mean = values / weights;
  variance_ = std::max(0.0, mean_square_ - mean * mean);
}

/// Entries of rows that another process holds go there; the others are where they belong.
template <class Real>
void Strata<Real>::place_equations() {
  const Communicator& all = X_.grid().all();
  const EntryRows<Real>& own = X_.observed().of_rows;
  const Index first_row = X_.factor_rows().begin;
  const Range places = row_places();
  const std::vector<Index> row_block = rows_.block_of_place();
  const std::vector<Index> column_block = columns_.block_of_place();
  const auto place_of = [&](Index row) { return rows_.place[static_cast<std::size_t>(row)]; };
  const TravelledEntries arrived =
      send_entries(all, own, first_row, [&](Index row, Index /*column*/) {
        const Index place = place_of(row);
        return places.contains(place) ? kStays : holder(row_block[static_cast<std::size_t>(place)]);
      });
  // In the order of rows, whoever had them: what came from before my rows, those, what came from
  // behind.
  std::vector<std::size_t> order(arrived.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t e) { return arrived.row(e); });
  const auto visit = [&](const auto& take) {
    std::size_t next = 0;
    for (; next < order.size() && arrived.row(order[next]) < first_row; ++next) {
      take(arrived[order[next]]);
    }
    for (Index i = 0; i < own.rows(); ++i) {
      if (!places.contains(place_of(first_row + i))) continue;
      const EntryRow<Real> row = row_of(own, i);
      for (std::size_t e = 0; e < row.size(); ++e) {
        take(TravelledEntry{first_row + i, row.columns[e], static_cast<double>(row.values[e]),
                            row.weight(e)});
      }
    }
    for (; next < order.size(); ++next) take(arrived[order[next]]);
  };
  const auto places_of_entry = [&](const TravelledEntry& entry) {
    const Index row = place_of(entry.row);
    const Index column = columns_.place[static_cast<std::size_t>(entry.column)];
    return std::array{row, column, row_block[static_cast<std::size_t>(row)],
                      column_block[static_cast<std::size_t>(column)]};
  };
  begin_.assign(static_cast<std::size_t>(mine().size() * blocks()) + 1, 0);
  visit([&](const TravelledEntry& entry) {
    const auto [row, column, b, c] = places_of_entry(entry);
    if (entry.weight > 0) ++begin_[stratum(b, c) + 1];
  });
  std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
  equations_.resize(static_cast<std::size_t>(begin_.back()));
  std::vector<Index> next(begin_.begin(), begin_.end() - 1);
  visit([&](const TravelledEntry& entry) {
    if (!(entry.weight > 0)) return;
    const auto [row, column, b, c] = places_of_entry(entry);
    equations_[static_cast<std::size_t>(next[stratum(b, c)]++)] = {
        static_cast<std::int32_t>(row - places.begin),
        static_cast<std::int32_t>(column - columns_.places_of(c).begin),
        static_cast<Real>(entry.value), static_cast<Real>(entry.weight)};
  });
}

/// The order in each stratum, from which drawn orders start.
template <class Real>
void Strata<Real>::shuffle(std::uint64_t seed) {
  const RandomField field(seed, Purpose::entry_shuffle);
  for (Index b = mine().begin; b < mine().end; ++b) {
    for (Index c = 0; c < blocks(); ++c) {
      const std::size_t at = stratum(b, c);
      Equation<Real>* const first = equations_.data() + begin_[at];
      for (Index e = begin_[at + 1] - begin_[at] - 1; e > 0; --e) {
        std::swap(first[e], first[field.index(b * blocks() + c, e, e + 1)]);
      }
    }
  }
}

template class Strata<double>;
template class Strata<float>;

}  // namespace partita
