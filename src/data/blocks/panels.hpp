#pragma once

#include "partita/base/index.hpp"
#include "partita/data/tall_matrix.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>
#include <vector>

#include "base/interruption.hpp"
#include "base/threads.hpp"

namespace partita {

/// Rows that go through cache together, with their part of X and of the factors.
constexpr Index kPanelBytes = 512 * 1024;
/// Products sum this many rows at a time; panels are made of whole such runs.
constexpr Index kPanelUnit = 48;
/// Each thread is to have this many panels, so that they end at about the same time.
constexpr Index kPanelsOfThread = 4;

/// Tall matrices that a panel touches: a product, the old factor, the new and the extrapolated one.
constexpr Index kFactorsInPanel = 4;

/// Rows of a panel of dense X for each column of the factors, at least: the products read (and, if
/// wide, copy) all of T, and read and write all of XᵀA, for each panel, which costs more than a
/// panel that leaves the nearest cache.
constexpr Index kRowsOfColumn = 3;

/// Rows that a panel may have so that each of several threads has its share of panels.
inline Index rows_for_each_thread(Index rows) {
  if (thread_count() == 1) return std::numeric_limits<Index>::max();
  return rows / (kPanelsOfThread * thread_count());
}

/// Rows of a panel. @param row_bytes  that one row of all that is touched takes.
inline Index panel_rows(Index rows, Index row_bytes, Index least_units = 1) {
  Index units = kPanelBytes / (kPanelUnit * std::max<Index>(row_bytes, 1));
  units = std::max(units, least_units);
  units = std::min(units, rows_for_each_thread(rows) / kPanelUnit);
  return kPanelUnit * std::clamp<Index>(units, 1, 50);
}

/// Rows of a panel of factors alone.
template <class Real>
Index panel_rows(const TallMatrix<Real>& factor) {
  return panel_rows(factor.rows(),
                    kFactorsInPanel * factor.width() * static_cast<Index>(sizeof(Real)));
}
/// Rows of a panel of dense X, whose rows take x_row values, beside factors of that width.
template <class Real>
Index dense_panel_rows(Index rows, Index x_row, Index width) {
  return panel_rows(rows, (x_row + kFactorsInPanel * width) * static_cast<Index>(sizeof(Real)),
                    kRowsOfColumn * width / kPanelUnit);
}

/// Deals 0 .. rows to the threads of this process, a panel of `step` rows at a time.
inline void for_each_panel(Index rows, Index step,
                           const std::function<void(Index thread, Range rows)>& work) {
  deal_to_threads((rows + step - 1) / step, [&](Index thread, Index panel) {
    check_interrupted();
    const Index begin = panel * step;
    work(thread, Range{begin, std::min(begin + step, rows)});
  });
}

/// Sum of term(panel) over the panels of 0 .. rows, in their order whatever the threads.
inline double sum_over_panels(Index rows, Index step, const std::function<double(Range)>& term) {
  std::vector<double> terms(static_cast<std::size_t>((rows + step - 1) / step));
  for_each_panel(rows, step, [&](Index /*thread*/, Range panel) {
    terms[static_cast<std::size_t>(panel.begin / step)] = term(panel);
  });
  return std::accumulate(terms.begin(), terms.end(), 0.0);
}

}  // namespace partita
