// A run in the unit in which X is held: X = 4^u X', so A = 2^u A' and S = 2^u S', and F / 16^u is
// the same sum with other penalties. Powers of two round nothing.
#pragma once

#include "partita/factorize/options.hpp"
#include "partita/factorize/start/given_start.hpp"

#include <cmath>

#include "base/unit.hpp"

namespace partita {

/// Penalties of A' and S'.
[[nodiscard]] inline Penalties in_unit(Penalties penalties, int unit) {
  for (double* const l1 : {&penalties.l1_A, &penalties.l1_S}) *l1 = std::ldexp(*l1, -3 * unit);
  for (double* const l2 : {&penalties.l2_A, &penalties.l2_S}) *l2 = std::ldexp(*l2, -2 * unit);
  return penalties;
}

/// Penalties of A' and S', and what they pull towards.
inline void bring_to_unit(FactorizeOptions& options, int unit) {
  options.penalties = in_unit(options.penalties, unit);
  options.center_at = std::ldexp(options.center_at, -unit);
}

/// A' and S' of a start, and of what is fixed.
[[nodiscard]] inline GivenStart in_unit(GivenStart start, int unit) {
  for (TallMatrix<double>* const part : {&start.A, &start.S, &start.fixed_A, &start.fixed_S}) {
    multiply_by_power_of_two(part->values(), -unit);
  }
  return start;
}

}  // namespace partita
