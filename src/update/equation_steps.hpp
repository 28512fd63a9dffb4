#pragma once

#include "partita/base/index.hpp"

#include <cstdint>
#include <span>
#include <vector>

#include "data/tall_view.hpp"

namespace partita {

/// A known entry as an equation, a_row · s_column = value.
template <class Real>
struct Equation {
  std::int32_t row;
  std::int32_t column;
  Real value;
  Real weight;
};

/// What a row of a factor bears of its own penalty with each of its equations.
template <class Real>
struct LineShare {
  Real each = 0;  ///< of what counts once for the row: 1 / |Ω|
  Real root = 0;  ///< of what counts √|Ω| times: 1 / √|Ω|
};

/// How the numbers of a row may move, by component; all of the width of the rows.
template <class Real>
struct RowLimits {
  explicit RowLimits(Index width)
      : least(static_cast<std::size_t>(width)),
        most(least),
        l1(least),
        l2(least),
        pull(least),
        pull_towards(least) {}

  AlignedVector<Real> least, most;   ///< 0 and 0 behind the last component
  AlignedVector<Real> l1, l2;        ///< slopes of a penalty that counts once for a row
  AlignedVector<Real> pull;          ///< that of one that counts √|Ω| times, pull (w - c)
  AlignedVector<Real> pull_towards;  ///< pull c
};

/// Rows of one factor that equations name, whole cache lines each, and their shares.
template <class Real>
struct StepRows {
  Real* data;
  const LineShare<Real>* shares;
  const RowLimits<Real>* limits;
};

/// In which order equations are taken: first, first + stride, ... modulo their number, with which
/// stride has no common factor.
struct EquationOrder {
  Index first = 0;
  Index stride = 1;
};

/// Values that the width of rows is a multiple of.
template <class Real>
inline constexpr Index kStepWidth = 64 / static_cast<Index>(sizeof(Real));
template <class Real>
[[nodiscard]] constexpr Index step_width(Index components) {
  return (components + kStepWidth<Real> - 1) / kStepWidth<Real> * kStepWidth<Real>;
}

/// Takes each equation once: with r = x - a·s and η w the length of a step on ½ w r²,
///   a += δ s,  s += δ a,   δ = η w r / (1 + η w (‖a‖² + ‖s‖²)),
/// then less by η times the row's share of its penalty, and back to what its numbers may be. The
/// denominator makes nothing of a short step; a long one becomes the projection of Kaczmarz, so
/// that no step overshoots, whatever the scale. Koren, Bell & Volinsky 2009 (steps); Strohmer &
/// Vershynin 2009; Gemulla, Nijkamp, Haas & Sismanis 2011 (strata).
/// @param width  of the rows, a multiple of kStepWidth.
/// @param penalised  whether shares and slopes are looked at.
template <class Real>
void take_equations(std::span<const Equation<Real>> equations, EquationOrder order, Real step,
                    StepRows<Real> A, StepRows<Real> S, Index width, bool penalised);

}  // namespace partita
