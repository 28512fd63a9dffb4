#pragma once

#include <optional>

#include "job/fixed_files.hpp"
#include "job/prepared_job.hpp"

namespace partita {

/// What the files of a job give of the factors: a start, fixed components, or nothing. The matrix
/// has been read. Collective over `world`. @param rows, columns  of this process, empty where it
/// has none. @throws Error on every process.
[[nodiscard]] std::optional<GivenStart> read_given(const Communicator& world,
                                                   const PreparedJob& job,
                                                   const LinesOfMatrix& matrix, Range rows,
                                                   Range columns, const FactorFileTold& told = {});

}  // namespace partita
