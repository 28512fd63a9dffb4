#pragma once

#include "partita/comm/communicator.hpp"
#include "partita/update/recorded_draw.hpp"

#include <string>
#include <vector>

namespace partita {

/// Reads draws to be replayed: a CSV with the columns iteration,column,row (0-based indices; from
/// iteration 1 on) and, for Kaczmarz, inner_row,inner_column, several lines an iteration.
/// Collective over `comm`; the same on every process.
/// @param rows, columns  shape of X, which the indices must fit.
/// @throws Error (no_input, bad_data) on every process.
[[nodiscard]] std::vector<RecordedDraw> read_recorded_draws(const Communicator& comm,
                                                            const std::string& path, Index rows,
                                                            Index columns);

}  // namespace partita
