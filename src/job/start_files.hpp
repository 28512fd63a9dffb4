#pragma once

#include "partita/comm/communicator.hpp"
#include "partita/factorize/start/given_start.hpp"
#include "partita/io/spread/matrix_source.hpp"
#include "partita/job/job.hpp"

#include <functional>
#include <string>

namespace partita {

/// Told of an opened file of a start, on every process.
using OnOpened = std::function<void(const std::string& file, const MatrixSource& source)>;

/// A start from its two files: rows `rows` of A and columns `columns` of S, of this process; empty
/// where it has none. Collective over `world`.
/// @throws Error on every process: what reading throws; bad_data for another shape than that of the
/// factors.
[[nodiscard]] GivenStart read_start(const Communicator& world, const JobChoices& choices,
                                    const MatrixShape& shape, Index components, Range rows,
                                    Range columns, const OnOpened& on_opened);

}  // namespace partita
