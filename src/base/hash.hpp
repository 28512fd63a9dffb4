#pragma once

#include "partita/base/index.hpp"

#include <bit>
#include <cstdint>

namespace partita {

/// Finaliser of SplitMix64: every input bit reaches every output bit. Steele, Lea & Flood 2014.
[[nodiscard]] constexpr std::uint64_t mix_bits(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

/// Odd random multipliers of the rows and columns of a matrix.
[[nodiscard]] constexpr std::uint64_t row_multiplier(Index row) {
  return mix_bits(2 * static_cast<std::uint64_t>(row) + 1) | 1U;
}
[[nodiscard]] constexpr std::uint64_t column_multiplier(Index column) {
  return mix_bits(2 * static_cast<std::uint64_t>(column) + 2) | 1U;
}
/// What a value stands for in fingerprints; 0 for both zeros.
[[nodiscard]] constexpr std::uint64_t value_fingerprint(double value) {
  return value == 0 ? 0 : mix_bits(std::bit_cast<std::uint64_t>(value));
}

/// Fingerprint of one entry of a matrix at its global position. Sums of these over all entries that
/// are not zero identify a matrix, whatever the order and whoever holds them. As it is a product,
/// the sum over a row costs little more than the values.
[[nodiscard]] constexpr std::uint64_t entry_fingerprint(Index row, Index column, double value) {
  return row_multiplier(row) * column_multiplier(column) * value_fingerprint(value);
}

}  // namespace partita
