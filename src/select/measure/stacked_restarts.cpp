#include "select/measure/stacked_restarts.hpp"

#include <algorithm>
#include <cstddef>
#include <span>

#include "comm/agreement.hpp"
#include "comm/collectives.hpp"

namespace partita {

namespace {

/// Rows of a tall matrix that everybody has some of, on the root.
TallMatrix<double> gathered(const Communicator& group, const TallMatrix<double>& mine, Range range,
                            Index rows) {
  const Index first = range.begin;
  const auto begins = gather(group, std::span<const Index>(&first, 1), 0);
  const auto parts = gather(group, std::span<const double>(mine.values()), 0);
  TallMatrix<double> all;
  together(group, [&] {
    if (!group.is_root()) return;
    all.reshape(rows, mine.width());
    for (std::size_t p = 0; p < parts.size(); ++p) {
      if (!parts[p].empty()) std::ranges::copy(parts[p], all.row(begins[p].front()));
    }
  });
  return all;
}

}  // namespace

std::vector<TallMatrix<double>> stacked_restarts(const Communicator& group, const Factors& factors,
                                                 Index columns, Index components) {
  const TallMatrix<double> stack = gathered(group, factors.stack_S, factors.columns, columns);
  std::vector<TallMatrix<double>> all;
  together(group, [&] {
    if (!group.is_root()) return;
    for (Index first = 0; first < stack.width(); first += components) {
      TallMatrix<double>& S = all.emplace_back(columns, components);
      for (Index j = 0; j < columns; ++j) std::copy_n(stack.row(j) + first, components, S.row(j));
    }
  });
  return all;
}

TallMatrix<double> gathered_S(const Communicator& group, const Factors& factors, Index columns) {
  TallMatrix<double> S = gathered(group, factors.S, factors.columns, columns);
  S.reshape(columns, factors.S.width());
  broadcast(group, S.values(), 0);
  return S;
}

}  // namespace partita
