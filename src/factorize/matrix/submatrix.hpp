#pragma once

#include "factorize/matrix/chosen_lines.hpp"
#include "factorize/matrix/distributed_matrix.hpp"

namespace partita {

/// The chosen rows and columns of X, dealt evenly over the same grid, stored as X is: the entries
/// travel in bounded batches. Collective over X.grid().all().
template <class Real>
[[nodiscard]] DistributedMatrix<Real> submatrix(const DistributedMatrix<Real>& X,
                                                const ChosenLines& rows,
                                                const ChosenLines& columns);

}  // namespace partita
