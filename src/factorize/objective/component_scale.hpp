#pragma once

#include "partita/factorize/options.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace partita {

/// What the penalties see of a component's column of A, or row of S.
struct ComponentSize {
  double sum = 0;      ///< of its entries, which are not negative
  double squares = 0;  ///< sum of squares
};

/// What a component's two parts are to be multiplied by.
struct ComponentScale {
  double of_A = 1;
  double of_S = 1;
};

/// Where only one factor is penalised, A S stays and the penalty falls for ever as that factor
/// shrinks and the other grows: there is no minimum. A component's norms end at this ratio, where a
/// millionth of the penalty of balanced factors is left.
inline constexpr double kDegenerateRatio = 1e-12;

/// The t for which the penalties of t a and s / t add up to the least; A S stays as it is. Where
/// both factors are penalised it is the root of a monotone equation. A part without its partner
/// costs its penalty for nothing: it becomes zero.
[[nodiscard]] ComponentScale best_scale(const Penalties& penalties, const ComponentSize& a,
                                        const ComponentSize& s);

/// Penalty of a component of those sizes, scaled.
[[nodiscard]] double penalty_of(const Penalties& penalties, const ComponentSize& a,
                                const ComponentSize& s, const ComponentScale& scale);

}  // namespace partita
