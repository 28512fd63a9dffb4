#include "job/predictions.hpp"

#include "partita/layout/block_distribution.hpp"

#include <algorithm>
#include <numeric>

#include "comm/collectives.hpp"

namespace partita {

namespace {

bool better(const RankedColumn& one, const RankedColumn& other) {
  return one.value != other.value ? one.value > other.value : one.column < other.column;
}

}  // namespace

std::vector<double> values_at(const Communicator& world, const SpreadFactors& factors,
                              std::span<const MatrixPlace> places) {
  const Range my_rows = BlockDistribution(factors.rows, world.size()).range(world.rank());
  const Range my_columns = BlockDistribution(factors.columns, world.size()).range(world.rank());
  const Index k = factors.S.width();
  TallMatrix<double> S(static_cast<Index>(places.size()), k);
  for (std::size_t p = 0; p < places.size(); ++p) {
    const Index column = places[p].column;
    if (!my_columns.contains(column)) continue;
    std::copy_n(factors.S.row(column - my_columns.begin), k, S.row(static_cast<Index>(p)));
  }
  sum_over(world, S.values());  // of zeros and one that is not: nothing is rounded
  std::vector<double> values(places.size(), 0.0);
  for (std::size_t p = 0; p < places.size(); ++p) {
    const Index row = places[p].row;
    if (!my_rows.contains(row)) continue;
    const double* a = factors.A.row(row - my_rows.begin);
    values[p] = std::inner_product(a, a + k, S.row(static_cast<Index>(p)), 0.0);
  }
  sum_over(world, std::span<double>(values));
  return values;
}

BestColumns::BestColumns(const TallMatrix<double>& S, Index most)
    : most_(std::min(most, S.rows())),
      by_component_(S.width(), S.rows()),
      values_(static_cast<std::size_t>(S.rows())) {
  for (Index j = 0; j < S.rows(); ++j) {
    for (Index c = 0; c < S.width(); ++c) by_component_(c, j) = S(j, c);
  }
}

std::span<const RankedColumn> BestColumns::of(const double* a,
                                              const std::function<bool(Index)>& leave_out) {
  std::ranges::fill(values_, 0.0);
  const auto columns = static_cast<Index>(values_.size());
  for (Index c = 0; c < by_component_.rows(); ++c) {
    if (a[c] == 0) continue;
    const double* s = by_component_.row(c);
    for (Index j = 0; j < columns; ++j) values_[static_cast<std::size_t>(j)] += a[c] * s[j];
  }
  // A heap whose front is the worst of the best.
  best_.clear();
  for (Index j = 0; j < columns; ++j) {
    const RankedColumn it{j, values_[static_cast<std::size_t>(j)]};
    const bool full = static_cast<Index>(best_.size()) == most_;
    if ((full && !better(it, best_.front())) || leave_out(j)) continue;
    if (full) {
      std::ranges::pop_heap(best_, better);
      best_.back() = it;
    } else {
      best_.push_back(it);
    }
    std::ranges::push_heap(best_, better);
  }
  std::ranges::sort_heap(best_, better);
  return best_;
}

}  // namespace partita
