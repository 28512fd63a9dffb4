#include "partita/layout/job_plan.hpp"

#include <algorithm>

namespace partita {

Range JobPlan::restarts_of(Index group) const {
  return BlockDistribution(restarts, groups).range(group);
}

Index JobPlan::active_groups() const {
  return std::min(groups, restarts);
}

}  // namespace partita
