#pragma once

#include <algorithm>
#include <span>
#include <utility>
#include <variant>

#include "comm/collectives.hpp"
#include "factorize/objective/objective.hpp"
#include "factorize/solve/line_draws.hpp"
#include "factorize/solve/sampled_factors.hpp"

namespace partita {

/// Iterations of the `random` schedule that draw as many lines as the longer side of X has.
[[nodiscard]] inline Index iterations_per_pass(const FactorizeOptions& options, Index rows,
                                               Index columns) {
  const Index longest = std::max(rows, columns);
  return longest / options.samples + (longest % options.samples != 0 ? 1 : 0);
}

/// The loop of the `random` schedule around one solver's iteration: error, trace, stopping, saving.
/// A replay goes on whatever the error, and ends with its draws at the latest. Components get the
/// scales of the least penalty once a pass's worth of lines. Collective over X.grid().all().
template <class Real, class Iteration>
void run_sampled(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                 RestartStart<Real> start, RunControl& control, const SolverEvents<Real>& events,
                 Iteration iterate) {
  StopOptions stop = options.stop;
  if (!options.draws.empty()) {
    stop.tolerance = 0;
    stop.max_iterations = std::min(stop.max_iterations, static_cast<Index>(options.draws.size()));
  }
  const bool replays = !options.draws.empty();
  const Index pass = iterations_per_pass(options, X.rows(), X.columns());
  RestartLog log(start.restart,
                 StopRule(stop, replays ? -1 : rounding_level<Real>(options.components),
                          kPassesOfWindow * pass));
  if (start.saved) {
    log.resume(start.saved->trace, start.saved->judged_from, control.seconds());
    start.factors = start.saved->take_factors();
  }
  SampledFactors<Real> factors(X, options, start.factors);
  if (start.saved) factors.restore(std::get<SampledState<Real>>(start.saved->of_solver));
  const auto record = [&](Index iteration) {
    log.record({iteration, control.seconds(), factors.relative_error(), factors.objective()});
    control.report(log);
  };
  const bool scales =
      !replays && options.penalties.any() && options.constraint == Constraint::nonnegative;
  if (log.empty()) record(0);
  while (!control.early() && !log.finished()) {
    const Index iteration = log.last().iteration + 1;
    iterate(factors, iteration);
    factors.refresh_error_if_due();
    if (scales && iteration % pass == 0) factors.scale_components();
    record(iteration);
    RunControl::Wishes wishes = control.wishes();
    sum_over(X.grid().all(), std::span<double>(wishes));
    control.agree(wishes);
    if (!control.checkpoint_due()) continue;
    if (events.save) {
      events.save({{.restart = log.restart(),
                    .trace = log.trace(),
                    .judged_from = log.judged_from(),
                    .of_solver = factors.saved()}});
    }
    control.checkpoint_done();
  }
  if (!log.finished()) log.finish(*control.early());
  events.finished({log.take(), factors.owned()});
}

}  // namespace partita
