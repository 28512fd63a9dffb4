#pragma once

#include "partita/comm/communicator.hpp"
#include "partita/factorize/options.hpp"
#include "partita/factorize/start/given_start.hpp"
#include "partita/io/spread/matrix_source.hpp"
#include "partita/job/job.hpp"

#include "job/factor_file.hpp"

namespace partita {

/// How many components the files of fixed parts have; of the files no more than their heads are
/// read. Collective over `world`. @throws Error on every process.
[[nodiscard]] FixedCounts count_fixed(const Communicator& world, const JobChoices& choices);

/// Reads the fixed parts into `given`: rows `rows` of A and columns `columns` of S, of this
/// process; empty where it has none. Where both the matrix and the file have names, a line of the
/// matrix is the line of the file that has its name; lines of the file that the matrix lacks are
/// left out and told of. Collective over `world`.
/// @throws Error on every process: what reading throws; bad_data for another shape, a line of the
/// matrix that the file does not have, or a negative value where `nonnegative`.
void read_fixed(const Communicator& world, const JobChoices& choices, const LinesOfMatrix& matrix,
                bool nonnegative, Range rows, Range columns, const FactorFileTold& told,
                GivenStart& given);

}  // namespace partita
