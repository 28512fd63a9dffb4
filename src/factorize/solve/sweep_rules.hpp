#pragma once

#include "partita/factorize/options.hpp"

#include <memory>

#include "factorize/matrix/distributed_matrix.hpp"
#include "factorize/solve/extrapolation.hpp"
#include "update/row_rule.hpp"

namespace partita {

/// The update rules of a sweep and how the pass around them behaves.
template <class Real>
struct SweepRules {
  std::unique_ptr<RowRule<Real>> for_A;
  std::unique_ptr<RowRule<Real>> for_S;
  ExtrapolationRates extrapolation;
  bool nonnegative = true;
};

/// The rules of als that the options ask for; sweep counts of HALS follow the shape of X.
template <class Real>
[[nodiscard]] SweepRules<Real> make_sweep_rules(const DistributedMatrix<Real>& X,
                                                const FactorizeOptions& options);

}  // namespace partita
