#pragma once

#include "partita/comm/communicator.hpp"
#include "partita/io/spread/matrix_source.hpp"

#include <span>
#include <vector>

#include "job/predictions.hpp"

namespace partita {

/// Where an opened matrix has entries other than zero, in its rows of this process (a
/// BlockDistribution), in no order. Collective over `world`. @throws Error on every process.
[[nodiscard]] std::vector<MatrixPlace> read_stored_places(const Communicator& world,
                                                          MatrixSource& source);

/// Every place to the process that has its row, of `rows` in a BlockDistribution; sorted there.
/// Collective over `world`.
[[nodiscard]] std::vector<MatrixPlace> sent_to_owners(const Communicator& world,
                                                      std::span<const MatrixPlace> places,
                                                      Index rows);

}  // namespace partita
