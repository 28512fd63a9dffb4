#pragma once

#include "partita/comm/communicator.hpp"
#include "partita/io/spread/matrix_source.hpp"
#include "partita/layout/job_plan.hpp"

#include <optional>

namespace partita::app {

/// The plan that spreads one copy of X over all processes, for products with `components` columns;
/// with 0, X is only read.
/// @param grid  the process grid; chosen where it is left out.
/// Collective over `world`. @throws Error (usage) when it does not fit into memory.
[[nodiscard]] JobPlan one_grid(const Communicator& world, const MatrixShape& shape,
                               Index components, std::optional<GridShape> grid = {});

}  // namespace partita::app
