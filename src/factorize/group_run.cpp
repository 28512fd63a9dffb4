#include "partita/factorize/group_run.hpp"

#include "partita/comm/collectives.hpp"
#include "partita/factorize/normalize.hpp"
#include "partita/factorize/work_timer.hpp"
#include "partita/init/starts.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

namespace partita {

namespace {

template <class Real>
LinearMap<Real> linear_map(const DistributedMatrix<Real>& X) {
  return {.rows = X.factor_rows(),
          .columns = X.factor_columns(),
          .times =
              [&X](const TallMatrix<Real>& T) {
                TallMatrix<Real> space_S;
                TallMatrix<Real> space;
                TallMatrix<Real> P;
                X.times(X.gather_S(T, space_S), P, space);
                return P;
              },
          .transposed_times =
              [&X](const TallMatrix<Real>& A) {
                TallMatrix<Real> space_A;
                TallMatrix<Real> space;
                TallMatrix<Real> Q;
                X.transposed_times(X.gather_A(A, space_A), Q, space);
                return Q;
              },
          .sum = [&X](std::span<double> values) { sum_over(X.grid().all(), values); }};
}

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
  const auto moved = [](StartPair<Real> pair) {
    return FactorPair<Real>{std::move(pair.A), std::move(pair.S)};
  };
  switch (options.init) {
    case StartKind::given:
      return {converted<Real>(given.value().A), converted<Real>(given.value().S)};
    case StartKind::columns:
      return moved(
          start_from_columns(linear_map(X), X.rows(), X.columns(), k, options.seed, restart));
    case StartKind::nndsvd:
      return moved(start_from_singular_vectors(linear_map(X), k, options.seed, restart));
    case StartKind::random:
      break;
  }
  return {uniform_factor<Real>(RandomField(options.seed, Purpose::start_A, restart),
                               X.factor_rows(), k),
          uniform_factor<Real>(RandomField(options.seed, Purpose::start_S, restart),
                               X.factor_columns(), k)};
}

/// Whether components may be scaled and reordered: not where the user chose what they are.
bool may_normalize(const FactorizeOptions& options) {
  return options.init != StartKind::given && options.constraint == Constraint::nonnegative &&
         options.nnls != NnlsKind::none;
}

template <class Real>
RestartStart<Real> make_start(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                              const std::optional<GivenStart>& given, Index restart) {
  RestartStart<Real> start{restart, start_of(X, options, given, restart)};
  // The classical `random` schedule begins at its uniform start as it is.
  if (options.schedule == Schedule::sweep && options.init != StartKind::given) {
    start.product = scale_start(X, start.factors);
  }
  return start;
}

/// The factors of a state, as they stand.
template <class Real>
FactorPair<Real> factors_of(RestartState<Real>& state) {
  return {std::move(state.of_A.front()), std::move(state.of_S.back())};
}

template <class Real>
RestartResult result_of(const RestartState<Real>& state, StopReason reason) {
  const TracePoint& last = state.trace.back();
  return {state.restart, reason, last.iteration, last.relative_error, last.seconds, state.trace};
}

}  // namespace

template <class Real>
GroupRun<Real>::GroupRun(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                         Index batch, const std::optional<GivenStart>& given, Resumption<Real> todo,
                         RunCheckpoint<Real>* checkpoint, RunControl& control)
    : X_(X),
      options_(options),
      batch_(batch),
      given_(given),
      control_(control),
      batches_(std::move(todo.batches)),
      waiting_(std::move(todo.running)),
      group_(std::move(todo.done)) {
  events_.finished = [this](RestartOutcome<Real> outcome) { finish(std::move(outcome)); };
  events_.paused = [this](RestartState<Real> state) {
    const Index restart = state.restart;
    waiting_.insert_or_assign(restart, std::move(state));
  };
  if (checkpoint == nullptr) return;
  events_.save = [this, checkpoint](const std::vector<RestartState<Real>>& running) {
    std::vector<const RestartState<Real>*> all;
    for (const RestartState<Real>& state : running) all.push_back(&state);
    for (const auto& [restart, state] : waiting_) all.push_back(&state);
    checkpoint->save(group_, all);
  };
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
  if (control_.early() || restarts.empty()) return;
  std::vector<RestartStart<Real>> batch;
  for (const Index restart : restarts) batch.push_back(start(restart));
  const Solver<Real> solve = solver_for<Real>(options_.solver, options_.schedule);
  solve(X_, options_, std::move(batch), control_, events_);
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
    const bool through = ended(mine[i]) != nullptr ||
                         (state != waiting_.end() && state->second.trace.back().iteration >= end);
    if (!through) batches.back().push_back(mine[i]);
  }
  return batches;
}

template <class Real>
const RestartResult* GroupRun<Real>::ended(Index restart) const {
  const auto found = std::ranges::find(group_.results, restart, &RestartResult::restart);
  return found == group_.results.end() ? nullptr : &*found;
}

template <class Real>
RestartStart<Real> GroupRun<Real>::start(Index restart) {
  const auto saved = waiting_.find(restart);
  if (saved == waiting_.end()) return make_start(X_, options_, given_, restart);
  RestartStart<Real> start{restart, {}, std::move(saved->second)};
  waiting_.erase(saved);
  return start;
}

template <class Real>
void GroupRun<Real>::finish(RestartOutcome<Real> outcome) {
  const WorkTimer timer(control_.work(), X_.grid().all().traffic(), Work::error);
  if (may_normalize(options_)) normalize(X_.grid().all(), outcome.factors);
  outcome.result.relative_error =
      std::sqrt(X_.residual_squared(outcome.factors.A, outcome.factors.S) / X_.squared_norm());
  group_.results.push_back(outcome.result);
  if (!std::isfinite(outcome.result.relative_error)) return;
  if (!group_.best || best_of(std::array{group_.best->result, outcome.result}) == 1) {
    group_.best = std::move(outcome);
  }
}

template <class Real>
void GroupRun<Real>::errors_at(const RaceStage& stage, std::span<double> errors) const {
  const auto put = [&](Index restart, const ErrorTrace& trace) {
    // The last record up to the end of the stage: a restart may have ended on the way.
    const auto after = std::ranges::upper_bound(trace, stage.end, {}, &TracePoint::iteration);
    errors[static_cast<std::size_t>(restart - options_.first_restart)] =
        std::prev(after)->relative_error;
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
void GroupRun<Real>::save() {
  if (events_.save) events_.save({});
}

template <class Real>
void GroupRun<Real>::stop(StopReason reason) {
  for (auto& [restart, state] : waiting_) {
    RestartResult result = result_of(state, reason);
    finish({std::move(result), factors_of(state)});
  }
  waiting_.clear();
}

template class GroupRun<double>;
template class GroupRun<float>;

}  // namespace partita
