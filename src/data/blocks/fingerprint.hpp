// Sums of entry fingerprints, row by row.
#pragma once

#include "partita/base/index.hpp"

#include <cstdint>
#include <span>
#include <vector>

#include "base/hash.hpp"

namespace partita {

inline std::vector<std::uint64_t> column_multipliers(GlobalIndex first, Index count) {
  std::vector<std::uint64_t> multipliers;
  multipliers.reserve(static_cast<std::size_t>(count));
  for (Index j = 0; j < count; ++j) multipliers.push_back(column_multiplier(first.value + j));
  return multipliers;
}

/// Sum of entry_fingerprint over a row, from the multipliers of its columns.
template <class Real>
std::uint64_t row_fingerprint(Index row, std::span<const Real> values,
                              std::span<const std::uint64_t> multipliers) {
  std::uint64_t sum = 0;
  for (std::size_t j = 0; j < values.size(); ++j) {
    sum += multipliers[j] * value_fingerprint(static_cast<double>(values[j]));
  }
  return row_multiplier(row) * sum;
}

}  // namespace partita
