#include "factorize/matrix/chosen_lines.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "comm/collectives.hpp"

namespace partita {

namespace {

/// Where the random numbers of rows, and those of columns, are in their field.
constexpr Index position_of(Side side) {
  return side == Side::A ? 0 : 1;
}

/// The processes that share a row of X, or a column.
const Communicator& across(const ProcessGrid& grid, Side side) {
  return side == Side::A ? grid.same_row() : grid.same_column();
}

/// Of my block's rows, or columns, over the whole of X. Collective over X.grid().all().
template <class Real>
std::vector<double> squared_norms(const DistributedMatrix<Real>& X, Side side) {
  const BlockEntries<Real>& entries = X.entries();
  std::vector<double> norms =
      side == Side::A ? entries.squared_norms_of_rows() : entries.squared_norms_of_columns();
  sum_over(across(X.grid(), side), std::span<double>(norms));
  return norms;
}

/// The c for which the chances min(1, c w) add up to `expected` over all weights w; infinite where
/// there are not so many that are not zero. Collective over `comm`.
double chance_per_weight(const Communicator& comm, const std::vector<double>& weights,
                         double expected) {
  double c = 0;
  while (true) {
    // Those that are certain leave the others to share the rest; with them c only grows.
    std::array<double, 2> certain_and_rest{};
    for (const double w : weights) {
      if (c * w >= 1) {
        certain_and_rest[0] += 1;
      } else {
        certain_and_rest[1] += w;
      }
    }
    sum_over(comm, std::span<double>(certain_and_rest));
    const auto [certain, rest] = certain_and_rest;
    if (expected > certain && rest <= 0) return std::numeric_limits<double>::infinity();
    const double next = expected > certain ? (expected - certain) / rest : c;
    if (next <= c) return c;
    c = next;
  }
}

/// Everybody's lines in the order of their ranks. Collective over `comm`.
std::vector<Index> concatenated(const Communicator& comm, const std::vector<Index>& mine) {
  std::vector<Index> counts(static_cast<std::size_t>(comm.size()), 0);
  counts[static_cast<std::size_t>(comm.rank())] = static_cast<Index>(mine.size());
  sum_over(comm, std::span<Index>(counts));
  Index count = 0;
  for (const Index part : counts) count += part;
  std::vector<Index> all(static_cast<std::size_t>(count));
  all_gather(comm, std::span<const Index>(mine), std::span<Index>(all),
             std::span<const Index>(counts));
  return all;
}

}  // namespace

Range ChosenLines::places_in(Range lines) const {
  if (!lines_) return lines;
  return {std::ranges::lower_bound(*lines_, lines.begin) - lines_->begin(),
          std::ranges::lower_bound(*lines_, lines.end) - lines_->begin()};
}

template <class Real>
ChosenLines one_of_each_stretch(const DistributedMatrix<Real>& X, Side side, Index count,
                                const RandomField& field) {
  const Index extent = side == Side::A ? X.rows() : X.columns();
  std::vector<Index> lines(static_cast<std::size_t>(count));
  for (Index t = 0; t < count; ++t) {
    const Range stretch{t * extent / count, (t + 1) * extent / count};
    lines[static_cast<std::size_t>(t)] =
        stretch.begin + field.index(t, position_of(side), stretch.size());
  }
  return {std::move(lines), static_cast<double>(count) / static_cast<double>(extent)};
}

template <class Real>
ChosenLines draw_by_norm(const DistributedMatrix<Real>& X, Side side, Index expected,
                         const RandomField& field) {
  std::vector<double> norms = squared_norms(X, side);
  const Range mine = side == Side::A ? X.block_rows() : X.block_columns();
  // Every line has a vote once, on the first process of its grid row (column).
  const bool votes = across(X.grid(), side).is_root();
  if (!votes) norms.clear();
  const Communicator& all = X.grid().all();
  const double c = chance_per_weight(all, norms, static_cast<double>(expected));
  std::vector<Index> chosen;
  double norm = 0;
  for (std::size_t i = 0; i < norms.size(); ++i) {
    const Index line = mine.begin + static_cast<Index>(i);
    if (norms[i] <= 0 || field.uniform(line, position_of(side)) >= c * norms[i]) continue;
    chosen.push_back(line);
    norm += norms[i];
  }
  return {concatenated(all, chosen), sum_over(all, norm) / X.squared_norm()};
}

#define PARTITA_INSTANTIATE(Real)                                                       \
  template ChosenLines one_of_each_stretch(const DistributedMatrix<Real>&, Side, Index, \
                                           const RandomField&);                         \
  template ChosenLines draw_by_norm(const DistributedMatrix<Real>&, Side, Index,        \
                                    const RandomField&);
PARTITA_INSTANTIATE(double)
PARTITA_INSTANTIATE(float)
#undef PARTITA_INSTANTIATE

}  // namespace partita
