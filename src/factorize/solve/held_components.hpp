// Components that are given and stay as they are: what becomes of the rules and scales of a sweep.
#pragma once

#include "partita/base/side.hpp"
#include "partita/factorize/options.hpp"

#include <cmath>
#include <memory>

#include "data/factor_pair.hpp"
#include "factorize/solve/sweep_rules.hpp"
#include "update/panel_rule.hpp"

namespace partita {

/// The rule for one factor with its fixed components held. Where the other factor is fixed in
/// whole, what is left is one least-squares problem a row, and the rule is the exact one (but not
/// in place of --nnls clip, which is no solution of it by choice).
template <class Real>
[[nodiscard]] std::unique_ptr<RowRule<Real>> held_rule(const FactorizeOptions& options, Side side,
                                                       std::unique_ptr<RowRule<Real>> rule);

/// A rule for entries that do not all count alike, by each row's own Gram matrix.
/// @param rule  has the penalty in it.
template <class Real>
[[nodiscard]] std::unique_ptr<PanelRule<Real>> held_panel_rule(const FactorizeOptions& options,
                                                               Side side,
                                                               std::unique_ptr<RowRule<Real>> rule);

/// The same for both rules of a sweep, which does not extrapolate what is exact.
template <class Real>
void hold_fixed_components(const FactorizeOptions& options, SweepRules<Real>& rules);

/// What the parts of components are to be multiplied by, for A S to become `scale` times as large:
/// what is fixed stays, and its partner takes the whole.
class PartScales {
 public:
  PartScales(const FixedCounts& fixed, double scale) : fixed_(fixed), scale_(scale) {}

  [[nodiscard]] double of_A(Index component) const { return of(component, fixed_.A, fixed_.S); }
  [[nodiscard]] double of_S(Index component) const { return of(component, fixed_.S, fixed_.A); }

 private:
  [[nodiscard]] double of(Index component, Index mine, Index others) const {
    if (component < mine) return 1;
    return component < others ? scale_ : std::sqrt(scale_);
  }

  FixedCounts fixed_;
  double scale_;
};

/// A S becomes `scale` times as large, but for components that are fixed in both factors. Local.
template <class Real>
void multiply_free_parts(const FixedCounts& fixed, double scale, FactorPair<Real>& factors);

}  // namespace partita
