#pragma once

#include "partita/base/index.hpp"

#include <array>
#include <cstdint>

namespace partita {

/// Philox4x32-10: ten rounds of a keyed bijection on 128-bit counters.
/// Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
[[nodiscard]] std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                                      std::array<std::uint32_t, 2> key);

/// What a random number is for; two purposes never share a number.
enum class Purpose : std::uint8_t {
  start_A = 1,
  start_S,
  reseed,
  draw_column,
  draw_row,
  draw_inner_row,
  draw_inner_column,
  block_rows,
  block_columns,
  start_columns,
  start_rows,
  sketch,
  factory_switch,
  lowrank_A,
  lowrank_S,
  lowrank_noise,
  lowrank_mask,
  sparse_degree,
  sparse_column,
  sparse_value,
  subsample,
  hold_out,
  entry_shuffle,
  entry_order,
  cluster_start,
  resample,
};

/// A field of random numbers over global positions: a number depends on the seed, the purpose, the
/// restart and the position only, never on which process asks or in which order.
/// All restarts and positions below 2^48 have numbers of their own.
class RandomField {
 public:
  RandomField(std::uint64_t seed, Purpose purpose, Index restart = 0);

  /// Uniform in the open interval (0, 1), with 52 random bits.
  [[nodiscard]] double uniform(Index row, Index column) const;
  /// Uniform in 0 .. bound - 1. @pre bound > 0.
  [[nodiscard]] Index index(Index row, Index column, Index bound) const;
  /// Standard normal (Box-Muller on one Philox block).
  [[nodiscard]] double normal(Index row, Index column) const;

 private:
  [[nodiscard]] std::array<std::uint64_t, 2> bits(Index row, Index column) const;

  std::array<std::uint32_t, 2> key_;
  std::uint32_t stream_;
};

}  // namespace partita
