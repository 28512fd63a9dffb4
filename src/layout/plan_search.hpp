#pragma once

#include "partita/layout/job_plan.hpp"

#include "layout/job_facts.hpp"

namespace partita {

/// Chooses groups, grid and batch, keeping what is overridden.
/// @throws Error (usage) when the overrides do not fit each other or the processes, with what
/// would.
[[nodiscard]] JobPlan make_plan(const JobFacts& facts, const PlanOverrides& overrides);

}  // namespace partita
