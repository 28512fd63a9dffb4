/// select/stability/: how far the components of several restarts agree. It knows no MPI and no
/// files.
#pragma once

#include "partita/base/index.hpp"
#include "partita/data/tall_matrix.hpp"

#include <vector>

namespace partita {

/// For each row of a square matrix of scores a column of its own, so that the sum of the chosen
/// scores is the largest. Shortest augmenting paths, O(k³): Jonker & Volgenant 1987 (the Hungarian
/// method, Kuhn 1955, in its fastest form).
/// @throws Error (internal) if it is not square or a score is not finite.
[[nodiscard]] std::vector<Index> best_assignment(const TallMatrix<double>& scores);

}  // namespace partita
