#pragma once

#include <cstdint>

namespace partita {

/// One stored entry at a position inside a block.
template <class Real>
struct LocalEntry {
  std::int32_t row;
  std::int32_t column;
  Real value;
};

}  // namespace partita
