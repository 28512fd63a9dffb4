#pragma once

#include <vector>

#include "factorize/matrix/distributed_matrix.hpp"

namespace partita {

/// X[:, column] - A S[:, column], my rows of it, in double. Collective over X.grid().all().
/// @param A, S  my rows of both factors; S is stored transposed.
template <class Real>
[[nodiscard]] std::vector<double> residual_of_column(const DistributedMatrix<Real>& X,
                                                     TallView<const Real> A, TallView<const Real> S,
                                                     Index column);

}  // namespace partita
