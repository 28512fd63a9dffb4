#include "factorize/run/group_run.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

#include "base/interruption.hpp"
#include "comm/collectives.hpp"
#include "factorize/matrix/linear_map.hpp"
#include "factorize/objective/entry_objective.hpp"
#include "factorize/objective/objective.hpp"
#include "factorize/solve/normalize.hpp"
#include "factorize/solve/solver_table.hpp"
#include "factorize/solve/work_timer.hpp"
#include "factorize/start/drawn_components.hpp"
#include "factorize/start/entry_start.hpp"
#include "factorize/start/fixed_parts.hpp"
#include "factorize/start/uniform_start.hpp"
#include "init/starts.hpp"

namespace partita {

namespace {

template <class Real>
TallMatrix<Real> converted(const TallMatrix<double>& values) {
  TallMatrix<Real> result(values.rows(), values.width());
  std::ranges::transform(values.values(), result.values().begin(),
                         [](double value) { return static_cast<Real>(value); });
  return result;
}

template <class Real>
FactorPair<Real> start_of(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                          const std::optional<GivenStart>& given, Index restart) {
  const Index k = options.components;
  switch (options.init) {
    case StartKind::given: {
      FactorPair<Real> start{converted<Real>(given.value().A), converted<Real>(given.value().S)};
      if (given->drawn > 0) {
        draw_components(X.grid().all(), given->drawn, uniform_start(X, options, restart).A, start);
      }
      return start;
    }
    case StartKind::columns:
      return start_from_columns(linear_map(X), X.rows(), X.columns(), k, options.seed, restart);
    case StartKind::nndsvd:
      return start_from_singular_vectors(linear_map(X), k, options.seed, restart);
    case StartKind::random:
      return uniform_start(X, options, restart);
  }
  throw Error(ErrorKind::usage, "there is no such --init");
}

/// Whether components may be scaled and reordered: not where the user chose what they are.
bool may_normalize(const FactorizeOptions& options) {
  return options.init != StartKind::given && options.constraint == Constraint::nonnegative &&
         options.nnls != NnlsKind::none;
}

/// Whether a restart that waits has nothing to do in a stage of the race that ends at `end`.
template <class Real>
bool is_through(const RestartState<Real>& state, Index end) {
  const bool polish_comes_later = state.phase == RestartPhase::to_polish && end != kNoPause;
  return polish_comes_later || state.trace.back().iteration >= end;
}

template <class Real>
RestartResult result_of(const RestartState<Real>& state, StopReason reason) {
  const TracePoint& last = state.trace.back();
  return {.restart = state.restart,
          .stop = reason,
          .iterations = last.iteration,
          .relative_error = last.relative_error,
          .objective = last.objective,
          .seconds = last.seconds,
          .trace = state.trace};
}

}  // namespace

template <class Real>
GroupRun<Real>::GroupRun(const DistributedMatrix<Real>& X,
                         const DistributedMatrix<Real>* compressed, Subsample<Real>* subsample,
                         const FactorizeOptions& options, Index batch,
                         const std::optional<GivenStart>& given, Resumption<Real> todo,
                         RunCheckpoint<Real>* checkpoint, RunControl& control)
    : X_(X),
      compressed_(compressed),
      subsample_(subsample),
      options_(options),
      options_on_compressed_(options),
      batch_(batch),
      given_(given),
      control_(control),
      batches_(std::move(todo.batches)),
      waiting_(std::move(todo.running)),
      checkpoint_(checkpoint),
      group_(std::move(todo.done)) {
  // As many are left for the polish as its end is judged by.
  Index& most = options_on_compressed_.stop.max_iterations;
  most = std::max<Index>(0, most - kPassesOfWindow);
}

template <class Real>
void GroupRun<Real>::finish_all() {
  control_.pause_at(kNoPause);
  for (const std::vector<Index>& restarts : batches_) run_batch(restarts);
}

template <class Real>
void GroupRun<Real>::advance(Index begin, Index end) {
  control_.pause_at(end);
  for (const std::vector<Index>& restarts : racing_batches(begin, end)) run_batch(restarts);
}

template <class Real>
void GroupRun<Real>::run_batch(std::span<const Index> restarts) {
  if (compressed_ != nullptr) {
    run_on_compressed(restarts);
    // A race is decided on the compressed X; only those that are left at its end are polished.
    if (control_.pause() != kNoPause) return;
  }
  solve(X_, options_, restarts, RestartPhase::exact);
}

/// Those of a batch that have not come to their end on the compressed X.
template <class Real>
void GroupRun<Real>::run_on_compressed(std::span<const Index> restarts) {
  std::vector<Index> unfinished;
  for (const Index restart : restarts) {
    const auto state = waiting_.find(restart);
    const bool fresh = state == waiting_.end();
    if (fresh || state->second.phase == RestartPhase::compressed) unfinished.push_back(restart);
  }
  solve(*compressed_, options_on_compressed_, unfinished, RestartPhase::compressed);
}

/// Advances restarts together, on X or what stands for it.
template <class Real>
void GroupRun<Real>::solve(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                           std::span<const Index> restarts, RestartPhase phase) {
  if (control_.early() || restarts.empty()) return;
  std::vector<RestartStart<Real>> batch = starts(X, restarts);
  if (control_.early()) return;
  SolverEvents<Real> events;
  events.finished = [this, phase](RestartOutcome<Real> outcome) {
    if (phase == RestartPhase::exact) {
      finish(std::move(outcome));
    } else if (control_.early()) {
      // Whether or not this phase was over, the restart is not.
      outcome.result.stop = *control_.early();
      finish(std::move(outcome));
    } else {
      end_phase(std::move(outcome));
    }
  };
  events.paused = [this, phase](RestartState<Real> state) {
    state.phase = phase;
    const Index restart = state.restart;
    waiting_.insert_or_assign(restart, std::move(state));
  };
  events.save = [this, phase](std::vector<RestartState<Real>> running) {
    for (RestartState<Real>& state : running) state.phase = phase;
    save(running);
  };
  const Solver<Real> solver = solver_row(options.solver, options.schedule).solver<Real>();
  const InterruptionHold hold;  // a pass ends, and is saved
  solver(X, options, std::move(batch), control_, events);
}

/// Of restarts that are to be advanced together; none when the run is interrupted meanwhile.
template <class Real>
std::vector<RestartStart<Real>> GroupRun<Real>::starts(const DistributedMatrix<Real>& X,
                                                       std::span<const Index> restarts) {
  std::vector<RestartStart<Real>> batch(restarts.size());
  try {
    for (std::size_t i = 0; i < restarts.size(); ++i) {
      if (!waiting_.contains(restarts[i])) batch[i] = fresh_start(X, restarts[i]);
    }
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::interrupted) throw;
    control_.stop(StopReason::interrupted);
    if (!group_.results.empty() || !waiting_.empty()) save();
    return {};
  }
  for (std::size_t i = 0; i < restarts.size(); ++i) {
    if (waiting_.contains(restarts[i])) batch[i] = resumed_start(restarts[i]);
  }
  return batch;
}

/// The end on the compressed X: from here on a restart waits for its polish.
template <class Real>
void GroupRun<Real>::end_phase(RestartOutcome<Real> outcome) {
  RestartState<Real> state;
  state.restart = outcome.result.restart;
  state.phase = RestartPhase::to_polish;
  state.trace = std::move(outcome.result.trace);
  state.of_solver = FactorsState<Real>{std::move(outcome.factors)};
  waiting_.insert_or_assign(state.restart, std::move(state));
}

/// A stage of the race in batches, made of all that were in the race when it began, so that a run
/// that continues stacks the same restarts; those that have been through the stage are left out.
template <class Real>
std::vector<std::vector<Index>> GroupRun<Real>::racing_batches(Index begin, Index end) const {
  std::vector<Index> mine;
  for (const auto& dealt : batches_) mine.insert(mine.end(), dealt.begin(), dealt.end());
  for (const RestartResult& result : group_.results) {
    if (std::ranges::find(mine, result.restart) == mine.end()) mine.push_back(result.restart);
  }
  std::erase_if(mine, [&](Index restart) {
    const RestartResult* result = ended(restart);
    return result != nullptr && result->iterations <= begin;
  });
  std::ranges::sort(mine);
  std::vector<std::vector<Index>> batches;
  for (std::size_t i = 0; i < mine.size(); ++i) {
    if (static_cast<Index>(i) % batch_ == 0) batches.emplace_back();
    const auto state = waiting_.find(mine[i]);
    if (ended(mine[i]) != nullptr) continue;
    if (state != waiting_.end() && is_through(state->second, end)) continue;
    batches.back().push_back(mine[i]);
  }
  return batches;
}

template <class Real>
const RestartResult* GroupRun<Real>::ended(Index restart) const {
  const auto found = std::ranges::find(group_.results, restart, &RestartResult::restart);
  return found == group_.results.end() ? nullptr : &*found;
}

template <class Real>
RestartStart<Real> GroupRun<Real>::resumed_start(Index restart) {
  const auto taken = waiting_.extract(restart);
  RestartState<Real>& state = taken.mapped();
  if (state.phase != RestartPhase::to_polish) return {restart, {}, std::move(state)};
  return {.restart = restart, .factors = state.take_factors(), .estimated = std::move(state.trace)};
}

/// @param first  X or what stands for it, on which the restart will run first.
template <class Real>
RestartStart<Real> GroupRun<Real>::fresh_start(const DistributedMatrix<Real>& first,
                                               Index restart) {
  RestartStart<Real> start{.restart = restart};
  if (subsample_ != nullptr) {
    start.began = control_.seconds();
    start.factors = subsample_->start(options_, restart, control_.work());
  } else {
    start.factors = start_of(X_, options_, given_, restart);
  }
  if (options_.fixed.any()) {
    put_fixed_parts(X_.grid().all(), options_, given_.value(), start.factors);
  }
  if (!first.counts_all_alike()) {
    fit_start_to_entries(first, options_, start.factors);
  } else if (options_.init != StartKind::given) {
    start.product = scale_start(first, start.factors, options_.fixed);
  }
  return start;
}

template <class Real>
void GroupRun<Real>::finish(RestartOutcome<Real> outcome) {
  const WorkTimer timer(control_.work(), X_.grid().all().traffic(), Work::error);
  const FactorPair<Real>& factors = outcome.factors;
  if (may_normalize(options_)) {
    normalize_components(X_.grid().all(), options_, outcome.factors);
  }
  const double squared = X_.residual_squared(factors.A, factors.S) / X_.squared_norm();
  const double penalty = sum_over(X_.grid().all(), penalty_of(X_, options_, factors));
  outcome.result.relative_error = std::sqrt(squared);
  outcome.result.objective = objective_of(squared, penalty, X_.squared_norm());
  group_.results.push_back(outcome.result);
  if (!std::isfinite(outcome.result.objective)) {
    group_.results.back().stop = StopReason::diverged;
    return;
  }
  if (!group_.best || best_of(std::array{group_.best->result, outcome.result},
                              std::numeric_limits<Real>::epsilon()) == 1) {
    group_.best.reset();  // its memory first
    group_.best.emplace(outcome);
  }
  if (options_.average) group_.averaged.emplace_back(outcome);
}

template <class Real>
void GroupRun<Real>::errors_at(const RaceStage& stage, std::span<double> errors) const {
  const auto put = [&](Index restart, const ErrorTrace& trace) {
    // The last record up to the end of the stage: a restart may have ended on the way.
    const auto after = std::ranges::upper_bound(trace, stage.end, {}, &TracePoint::iteration);
    errors[static_cast<std::size_t>(restart - options_.first_restart)] =
        std::prev(after)->objective;
  };
  for (const auto& [restart, state] : waiting_) put(restart, state.trace);
  for (const RestartResult& result : group_.results) {
    const bool was_out = result.stop == StopReason::dropped && result.iterations < stage.end;
    if (!was_out) put(result.restart, result.trace);
  }
}

template <class Real>
void GroupRun<Real>::drop(std::span<const Index> restarts) {
  for (const Index restart : restarts) {
    const auto state = waiting_.find(restart);
    if (state == waiting_.end()) continue;
    group_.results.push_back(result_of(state->second, StopReason::dropped));
    waiting_.erase(state);
  }
}

template <class Real>
void GroupRun<Real>::save(std::span<const RestartState<Real>> running) {
  if (checkpoint_ == nullptr) return;
  const InterruptionHold hold;
  std::vector<const RestartState<Real>*> all;
  for (const RestartState<Real>& state : running) all.push_back(&state);
  for (const auto& [restart, state] : waiting_) all.push_back(&state);
  checkpoint_->save(group_, all);
}

template <class Real>
void GroupRun<Real>::stop(StopReason reason) {
  for (auto& [restart, state] : waiting_) {
    RestartResult result = result_of(state, reason);
    finish({std::move(result), state.take_factors()});
  }
  waiting_.clear();
}

template class GroupRun<double>;
template class GroupRun<float>;

}  // namespace partita
