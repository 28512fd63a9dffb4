#pragma once

#include "partita/base/index.hpp"
#include "partita/io/spread/matrix_source.hpp"

namespace partita {

/// Whether what a file stores of its entries is held sparse: where it is less than a quarter of
/// them, or where zeros are observed, since held dense what is not stored could not be told from a
/// zero that is.
[[nodiscard]] inline bool is_held_sparse(Index stored, Index rows, Index columns,
                                         StatedZeros zeros) {
  constexpr double kDenseFrom = 0.25;
  const double all = static_cast<double>(rows) * static_cast<double>(columns);
  return static_cast<double>(stored) < kDenseFrom * all || zeros == StatedZeros::observed;
}

}  // namespace partita
