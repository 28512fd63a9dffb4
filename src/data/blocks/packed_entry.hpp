#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <span>

#include "data/blocks/sparse_block.hpp"

namespace partita {

/// An entry as it travels between processes: its position in the receiver's block, and the bits of
/// its value.
using PackedEntry = std::array<Index, 2>;

[[nodiscard]] inline PackedEntry pack_entry(Index row, Index column, double value) {
  return {static_cast<Index>(static_cast<std::uint64_t>(row) << 32 |
                             static_cast<std::uint64_t>(column)),
          std::bit_cast<Index>(value)};
}

template <class Real>
[[nodiscard]] LocalEntry<Real> unpack_entry(std::span<const Index, 2> packed) {
  const auto position = static_cast<std::uint64_t>(packed[0]);
  return {static_cast<std::int32_t>(position >> 32),
          static_cast<std::int32_t>(position & 0xffffffffU),
          static_cast<Real>(std::bit_cast<double>(packed[1]))};
}

}  // namespace partita
