#pragma once

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "comm/collectives.hpp"
#include "factorize/objective/objective.hpp"
#include "factorize/solve/sampled_factors.hpp"

namespace partita {

/// Columns and rows of X drawn in each iteration of the `random` schedule: recorded ones, or drawn
/// uniformly from all columns and, separately, all rows. The same on every process.
class LineDraws {
 public:
  LineDraws(const FactorizeOptions& options, Index restart, Index rows, Index columns)
      : options_(options),
        rows_(rows),
        columns_(columns),
        column_field_(options.seed, Purpose::draw_column, restart),
        row_field_(options.seed, Purpose::draw_row, restart) {}

  /// Distinct columns of an iteration (counted from 1), ascending.
  [[nodiscard]] std::vector<Index> columns(Index iteration) const {
    if (const RecordedDraw* recorded = this->recorded(iteration)) return {recorded->column};
    return draw(column_field_, iteration, columns_);
  }
  [[nodiscard]] std::vector<Index> rows(Index iteration) const {
    if (const RecordedDraw* recorded = this->recorded(iteration)) return {recorded->row};
    return draw(row_field_, iteration, rows_);
  }
  /// The recorded draw of an iteration; nullptr when draws are not replayed.
  [[nodiscard]] const RecordedDraw* recorded(Index iteration) const {
    if (options_.draws.empty()) return nullptr;
    return &options_.draws[static_cast<std::size_t>(iteration - 1)];
  }

 private:
  [[nodiscard]] std::vector<Index> draw(const RandomField& field, Index iteration,
                                        Index bound) const {
    std::vector<Index> drawn;
    for (Index s = 0; s < options_.samples; ++s) drawn.push_back(field.index(iteration, s, bound));
    std::ranges::sort(drawn);
    const auto repeated = std::ranges::unique(drawn);
    drawn.erase(repeated.begin(), repeated.end());
    return drawn;
  }

  const FactorizeOptions& options_;
  Index rows_;
  Index columns_;
  RandomField column_field_;
  RandomField row_field_;
};

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
    start.factors = {std::move(start.saved->of_A[0]), std::move(start.saved->of_S[0])};
  }
  SampledFactors<Real> factors(X, options, start.factors);
  if (start.saved) factors.restore(start.saved->numbers);
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
      FactorPair<Real> mine = factors.owned();
      events.save({{log.restart(),
                    log.trace(),
                    log.judged_from(),
                    factors.saved(),
                    {std::move(mine.A)},
                    {std::move(mine.S)}}});
    }
    control.checkpoint_done();
  }
  if (!log.finished()) log.finish(*control.early());
  events.finished({log.take(), factors.owned()});
}

}  // namespace partita
