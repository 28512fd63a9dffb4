#pragma once

#include "partita/base/index.hpp"

#include <cstdint>
#include <span>
#include <vector>

#include "data/blocks/block_entries.hpp"

namespace partita {

/// Entries of whole rows, each with its weight.
template <class Real>
struct EntryRows {
  RowEntries<Real> entries;
  std::vector<Real> weights;  ///< of entries; empty where each counts once

  [[nodiscard]] Index rows() const { return static_cast<Index>(entries.begin.size()) - 1; }
};

/// One row of them.
template <class Real>
struct EntryRow {
  std::span<const std::int32_t> columns;
  std::span<const Real> values;
  std::span<const Real> weights;  ///< empty: 1 each

  [[nodiscard]] std::size_t size() const { return columns.size(); }
  [[nodiscard]] double weight(std::size_t e) const {
    return weights.empty() ? 1.0 : static_cast<double>(weights[e]);
  }
};

template <class Real>
[[nodiscard]] EntryRow<Real> row_of(const EntryRows<Real>& rows, Index row) {
  const auto begin = static_cast<std::size_t>(rows.entries.begin[static_cast<std::size_t>(row)]);
  const auto end = static_cast<std::size_t>(rows.entries.begin[static_cast<std::size_t>(row) + 1]);
  const std::span<const Real> weights(rows.weights);
  return {std::span(rows.entries.columns).subspan(begin, end - begin),
          std::span(rows.entries.values).subspan(begin, end - begin),
          weights.empty() ? weights : weights.subspan(begin, end - begin)};
}

/// Σ w x² over all of them.
template <class Real>
[[nodiscard]] double weighted_squared_norm(const EntryRows<Real>& rows) {
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

}  // namespace partita
