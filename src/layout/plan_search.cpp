#include "layout/plan_search.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "layout/job_memory.hpp"
#include "layout/pass_cost.hpp"

namespace partita {

namespace {

/// Stacked restarts wider than this no longer gain: their rows leave the nearest cache.
constexpr Index kWidestStack = 64;
/// Restarts on sparse X are stacked only where a pass spends more than this on the latency of its
/// messages: their rows, gathered at random, leave the cache (5 million entries, 2 processes, ms a
/// restart and pass with 1, 2, 4 stacked: k = 8 13, 17, 14; k = 32 35, 43, 65).
constexpr double kLatencyShare = 0.2;

std::string text(GridShape grid) {
  return std::to_string(grid.rows) + "x" + std::to_string(grid.columns);
}

[[noreturn]] void does_not_fit(const std::string& what, Index processes) {
  throw Error(ErrorKind::usage,
              what + " does not fit " + std::to_string(processes) +
                  " processes: groups x grid rows x grid columns must equal their number");
}

void check_overrides(const JobFacts& facts, const PlanOverrides& overrides) {
  const Index p = facts.processes;
  if (overrides.groups && (*overrides.groups < 1 || p % *overrides.groups != 0)) {
    does_not_fit("--groups " + std::to_string(*overrides.groups), p);
  }
  if (overrides.grid) {
    const GridShape grid = *overrides.grid;
    const bool positive = grid.rows >= 1 && grid.columns >= 1;
    if (!positive || p % grid.processes() != 0 ||
        (overrides.groups && *overrides.groups * grid.processes() != p)) {
      const std::string groups =
          overrides.groups ? " with --groups " + std::to_string(*overrides.groups) : "";
      does_not_fit("--grid " + text(grid) + groups, p);
    }
  }
  if (overrides.batch && *overrides.batch < 1) {
    throw Error(ErrorKind::usage, "--batch must be at least 1");
  }
}

std::vector<Index> divisors(Index number) {
  std::vector<Index> found;
  for (Index d = 1; d * d <= number; ++d) {
    if (number % d != 0) continue;
    found.push_back(d);
    if (d != number / d) found.push_back(number / d);
  }
  std::ranges::sort(found);
  return found;
}

Index choose_batch(const JobFacts& facts, const PlanOverrides& overrides, Index groups,
                   GridShape grid) {
  if (facts.one_restart_a_batch) return 1;
  const Index most = std::max<Index>(1, restarts_per_group(facts, groups));
  if (overrides.batch) return std::min(*overrides.batch, most);
  const bool waits_for_messages =
      message_seconds(grid.processes()) > kLatencyShare * pass_seconds(facts, grid);
  if (facts.sparse && !waits_for_messages) return 1;
  return std::clamp<Index>(kWidestStack / facts.components, 1, most);
}

struct Candidate {
  JobPlan plan;
  double seconds = 0;
};

Candidate evaluate(const JobFacts& facts, const PlanOverrides& overrides, Index groups,
                   GridShape grid) {
  Candidate candidate;
  candidate.plan = {.groups = groups,
                    .grid = grid,
                    .batch = choose_batch(facts, overrides, groups, grid),
                    .restarts = facts.restarts,
                    .shares_X = can_share(facts, groups, grid)};
  candidate.plan.bytes_per_process =
      bytes_per_process(facts, groups, grid, candidate.plan.batch, candidate.plan.shares_X);
  candidate.plan.bytes_of_results = bytes_of_results(facts, groups);
  candidate.plan.words_per_pass = words_per_pass(facts, grid);
  candidate.seconds =
      static_cast<double>(restarts_per_group(facts, groups)) * pass_seconds(facts, grid);
  return candidate;
}

/// Fits memory first, then fast, then small.
bool better(const JobFacts& facts, const Candidate& a, const Candidate& b) {
  const auto fits = [&](const Candidate& c) {
    return facts.available_bytes <= 0 || c.plan.bytes_per_process <= facts.available_bytes;
  };
  if (fits(a) != fits(b)) return fits(a);
  if (!fits(a)) return a.plan.bytes_per_process < b.plan.bytes_per_process;
  if (a.seconds != b.seconds) return a.seconds < b.seconds;
  return a.plan.bytes_per_process < b.plan.bytes_per_process;
}

}  // namespace

JobPlan make_plan(const JobFacts& facts, const PlanOverrides& overrides) {
  check_overrides(facts, overrides);
  std::vector<Candidate> candidates;
  for (const Index groups : divisors(facts.processes)) {
    if (overrides.groups && groups != *overrides.groups) continue;
    // A race ends with a few restarts, wherever they are: most of several groups would have none.
    if (facts.restarts_wait && !overrides.groups && groups > 1) continue;
    const Index size = facts.processes / groups;
    for (const Index grid_rows : divisors(size)) {
      const GridShape grid{grid_rows, size / grid_rows};
      if (overrides.grid && grid != *overrides.grid) continue;
      candidates.push_back(evaluate(facts, overrides, groups, grid));
    }
  }
  return std::ranges::min_element(
             candidates,
             [&](const Candidate& a, const Candidate& b) { return better(facts, a, b); })
      ->plan;
}

}  // namespace partita
