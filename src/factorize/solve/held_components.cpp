#include "factorize/solve/held_components.hpp"

#include <utility>

#include "update/held_rule.hpp"
#include "update/rules.hpp"

namespace partita {

namespace {

/// Whether a factor follows exactly from the other one, which is fixed in whole.
bool is_exact(const FactorizeOptions& options, Side side) {
  const Index others = side == Side::A ? options.fixed.S : options.fixed.A;
  const bool clips = options.solver == SolverKind::als && options.nnls == NnlsKind::clip;
  return others == options.components && !clips;
}

}  // namespace

template <class Real>
std::unique_ptr<RowRule<Real>> held_rule(const FactorizeOptions& options, Side side,
                                         std::unique_ptr<RowRule<Real>> rule) {
  if (is_exact(options, side)) {
    const FactorPenalty penalty =
        side == Side::A ? options.penalties.of_A() : options.penalties.of_S();
    return is_unconstrained(options) ? make_least_squares_rule<Real>(penalty)
                                     : make_bpp_rule<Real>(penalty);
  }
  return hold_components(std::move(rule), side == Side::A ? options.fixed.A : options.fixed.S);
}

template <class Real>
std::unique_ptr<PanelRule<Real>> held_panel_rule(const FactorizeOptions& options, Side side,
                                                 std::unique_ptr<RowRule<Real>> rule) {
  return keep_components(make_row_gram_rule<Real>(held_rule(options, side, std::move(rule))),
                         side == Side::A ? options.fixed.A : options.fixed.S);
}

template <class Real>
void hold_fixed_components(const FactorizeOptions& options, SweepRules<Real>& rules) {
  if (!options.fixed.any()) return;
  rules.for_A = held_rule(options, Side::A, std::move(rules.for_A));
  rules.for_S = held_rule(options, Side::S, std::move(rules.for_S));
  if (is_exact(options, Side::A) || is_exact(options, Side::S)) rules.extrapolation = {};
}

template <class Real>
void multiply_free_parts(const FixedCounts& fixed, double scale, FactorPair<Real>& factors) {
  const PartScales parts(fixed, scale);
  for (Index j = 0; j < factors.A.width(); ++j) {
    const auto of_A = static_cast<Real>(parts.of_A(j));
    const auto of_S = static_cast<Real>(parts.of_S(j));
    for (Index i = 0; i < factors.A.rows(); ++i) factors.A(i, j) *= of_A;
    for (Index i = 0; i < factors.S.rows(); ++i) factors.S(i, j) *= of_S;
  }
}

#define PARTITA_INSTANTIATE(Real)                                                            \
  template std::unique_ptr<RowRule<Real>> held_rule(const FactorizeOptions&, Side,           \
                                                    std::unique_ptr<RowRule<Real>>);         \
  template std::unique_ptr<PanelRule<Real>> held_panel_rule(const FactorizeOptions&, Side,   \
                                                            std::unique_ptr<RowRule<Real>>); \
  template void hold_fixed_components(const FactorizeOptions&, SweepRules<Real>&);           \
  template void multiply_free_parts(const FixedCounts&, double, FactorPair<Real>&);
PARTITA_INSTANTIATE(double)
PARTITA_INSTANTIATE(float)
#undef PARTITA_INSTANTIATE

}  // namespace partita
