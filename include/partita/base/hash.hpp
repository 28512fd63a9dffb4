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

/// Fingerprint of one entry of a matrix at its global position. Sums of these over all entries that
/// are not zero identify a matrix, whatever the order and whoever holds them.
[[nodiscard]] constexpr std::uint64_t entry_fingerprint(Index row, Index column, double value) {
  const auto position = mix_bits(static_cast<std::uint64_t>(row) * 0x9E3779B97F4A7C15U ^
                                 mix_bits(static_cast<std::uint64_t>(column) + 1));
  return mix_bits(position ^ std::bit_cast<std::uint64_t>(value));
}

}  // namespace partita
