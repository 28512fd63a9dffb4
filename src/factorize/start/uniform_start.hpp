#pragma once

#include "partita/factorize/options.hpp"

#include "base/random.hpp"
#include "factorize/matrix/distributed_matrix.hpp"
#include "factorize/solve/solver.hpp"
#include "init/starts.hpp"

namespace partita {

/// My rows of the uniform start of a restart, for X or a part of it.
template <class Real>
[[nodiscard]] FactorPair<Real> uniform_start(const DistributedMatrix<Real>& X,
                                             const FactorizeOptions& options, Index restart) {
  const auto factor = [&](Purpose purpose, Range mine) {
    return uniform_factor<Real>(RandomField(options.seed, purpose, restart), mine,
                                options.components);
  };
  return {factor(Purpose::start_A, X.factor_rows()), factor(Purpose::start_S, X.factor_columns())};
}

}  // namespace partita
