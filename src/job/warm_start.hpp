#pragma once

#include "partita/comm/communicator.hpp"
#include "partita/factorize/options.hpp"
#include "partita/factorize/start/given_start.hpp"
#include "partita/job/job.hpp"

#include "job/factor_file.hpp"

namespace partita {

/// A start from the factors of an earlier run, choices.init_A and init_S, whose matrix may have had
/// other rows and columns and whose components may be fewer or more: rows `rows` of A and columns
/// `columns` of S, of this process, empty where it has none.
///   - Lines are matched by name where both have names; those that are new are zero, and the first
///     pass fills them from the other factor. Without names the shape must agree.
///   - Of too many components those of the largest ||a_j|| ||s_j|| stay, in their order, and the
///     first `options.fixed` ones in any case; missing ones are drawn for every restart.
/// What is left out or new is told of. Collective over `world`.
/// @throws Error on every process: what reading throws; bad_data for another shape, no name in
/// common, or a negative value where `options` want none.
[[nodiscard]] GivenStart read_warm_start(const Communicator& world, const JobChoices& choices,
                                         const LinesOfMatrix& matrix,
                                         const FactorizeOptions& options, Range rows, Range columns,
                                         const FactorFileTold& told);

}  // namespace partita
