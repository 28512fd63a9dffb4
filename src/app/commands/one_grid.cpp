#include "one_grid.hpp"

#include <algorithm>

#include "job/node_memory.hpp"
#include "layout/plan_search.hpp"

namespace partita::app {

JobPlan one_grid(const Communicator& world, const MatrixShape& shape, Index components,
                 std::optional<GridShape> grid) {
  const JobFacts facts{.rows = shape.rows,
                       .columns = shape.columns,
                       .stored = shape.stored,
                       .sparse = shape.sparse,
                       .components = std::max<Index>(components, 1),
                       .has_factors = components > 0,
                       .processes = world.size()};
  PlanOverrides one_group;
  one_group.groups = 1;
  one_group.grid = grid;
  const JobPlan plan = make_plan(facts, one_group);
  check_memory(plan, measure_memory(world, MemorySources::here()));
  return plan;
}

}  // namespace partita::app
