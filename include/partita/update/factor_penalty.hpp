#pragma once

namespace partita {

/// Penalties of one factor: l1 * sum of entries + l2 / 2 * sum of squares.
struct FactorPenalty {
  double l1 = 0;
  double l2 = 0;

  [[nodiscard]] bool any() const { return l1 != 0 || l2 != 0; }
};

}  // namespace partita
