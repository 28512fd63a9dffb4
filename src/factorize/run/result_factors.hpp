#pragma once

#include "partita/factorize/options.hpp"
#include "partita/factorize/result.hpp"

#include "factorize/matrix/distributed_matrix.hpp"
#include "factorize/run/group_result.hpp"

namespace partita {

/// What is returned of a group's best factors, and of all where their mean is wanted: in double, in
/// the unit of X, and the biases apart. Local. @pre the group has a best.
template <class Real>
[[nodiscard]] Factors result_factors(const GroupResult<Real>& group,
                                     const FactorizeOptions& options,
                                     const DistributedMatrix<Real>& X);

}  // namespace partita
