#pragma once

#include "comm/collectives.hpp"
#include "factorize/matrix/distributed_matrix.hpp"
#include "init/starts.hpp"

namespace partita {

/// X as the linear map that init/ works with; borrows X.
template <class Real>
LinearMap<Real> linear_map(const DistributedMatrix<Real>& X) {
  return {.rows = X.factor_rows(),
          .columns = X.factor_columns(),
          .times =
              [&X](const TallMatrix<Real>& T) {
                TallMatrix<Real> space_S;
                TallMatrix<Real> space;
                TallMatrix<Real> P;
                X.times(X.gather_S(T, space_S), P, space);
                return P;
              },
          .transposed_times =
              [&X](const TallMatrix<Real>& A) {
                TallMatrix<Real> space_A;
                PanelSum<Real> space;
                TallMatrix<Real> Q;
                X.transposed_times(X.gather_A(A, space_A), Q, space);
                return Q;
              },
          .sum = [&X](std::span<double> values) { sum_over(X.grid().all(), values); }};
}

}  // namespace partita
