#include "factorize/solve/sweep_batch.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <variant>

#include "base/random.hpp"
#include "factorize/objective/objective.hpp"

namespace partita {

namespace {

/// A component is dead when its squared norm is below this share of the mean.
constexpr double kDeadShare = 1e-14;

bool is_dead(const GramMatrix& G, Index component) {
  return G(component, component) <= kDeadShare * G.trace() / static_cast<double>(G.size());
}

}  // namespace

template <class Real>
SweepBatch<Real>::SweepBatch(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                             const SweepRules<Real>& rules, std::vector<RestartStart<Real>> starts,
                             std::vector<RestartLog> logs, RunControl& control,
                             const SolverEvents<Real>& events)
    : X_(X),
      options_(options),
      rules_(rules),
      control_(control),
      events_(events),
      stack_(X, options, rules, starts, control) {
  for (std::size_t r = 0; r < starts.size(); ++r) {
    Live& live = live_.emplace_back(std::move(logs[r]), rules.extrapolation, options.components);
    if (starts[r].saved) {
      restore(live, *starts[r].saved);
    } else if (!live.log.begins()) {
      live.objective = live.log.last().objective;
    }
  }
  record_starts();
}

template <class Real>
RestartState<Real> SweepBatch<Real>::state(std::size_t position) const {
  const Live& live = live_[position];
  PassesState<Real> passes = stack_.saved(position);
  passes.extrapolation = live.extrapolation.state();
  passes.revivals_left = live.revivals_left;
  passes.objective = live.objective;
  return {.restart = live.log.restart(),
          .trace = live.log.trace(),
          .judged_from = live.log.judged_from(),
          .of_solver = std::move(passes)};
}

template <class Real>
void SweepBatch<Real>::restore(Live& live, const RestartState<Real>& state) {
  const auto& passes = std::get<PassesState<Real>>(state.of_solver);
  live.log.resume(state.trace, state.judged_from, control_.seconds());
  live.extrapolation.restore(passes.extrapolation);
  live.revivals_left = passes.revivals_left;
  live.objective = passes.objective;
}

/// The start of each fresh restart is iteration 0 of its trace; one that comes from a compressed X
/// gets the error that its last iteration there has on this one.
template <class Real>
void SweepBatch<Real>::record_starts() {
  const auto begins = [](const Live& live) { return live.log.begins(); };
  if (std::ranges::none_of(live_, begins)) return;
  stack_.look_at_starts();
  for (std::size_t r = 0; r < live_.size(); ++r) {
    Live& live = live_[r];
    if (!begins(live)) continue;
    const double squared = stack_.relative_error_squared(r);
    live.objective = objective_of(squared, stack_.terms(r).penalty, X_.squared_norm());
    live.log.record({live.log.empty() ? 0 : live.next_iteration(), control_.seconds(),
                     std::sqrt(squared), live.objective});
    control_.report(live.log);
  }
}

template <class Real>
void SweepBatch<Real>::run() {
  retire();  // no iterations at all may be wished for, or a saved restart was at its end
  while (!live_.empty()) {
    pass();
    save_if_due();
    retire();
  }
}

template <class Real>
void SweepBatch<Real>::save_if_due() {
  if (!control_.checkpoint_due()) return;
  if (events_.save) {
    std::vector<RestartState<Real>> states;
    for (std::size_t r = 0; r < live_.size(); ++r) states.push_back(state(r));
    events_.save(std::move(states));
  }
  control_.checkpoint_done();
}

template <class Real>
void SweepBatch<Real>::pass() {
  std::vector<double> weights;
  for (const Live& live : live_) weights.push_back(live.extrapolation.weight());
  stack_.pass(weights);
  std::vector<Verdict> verdicts;
  std::vector<bool> accepted;
  for (std::size_t r = 0; r < live_.size(); ++r) {
    verdicts.push_back(judge(r));
    accepted.push_back(verdicts.back().kept);
  }
  stack_.settle(accepted);
  if (rules_.nonnegative && options_.penalties.any()) stack_.scale_components(accepted);
  for (std::size_t r = 0; r < live_.size(); ++r) record(r, verdicts[r]);
  const auto goes_on = [](Live& live) { return !live.log.finished(); };
  if (std::ranges::any_of(live_, goes_on)) stack_.prepare_next(accepted);
  if (rules_.nonnegative) revive_dead_components(accepted);
}

/// Whether the objective of a restart fell, or may rise. A plain pass lowers it in exact
/// arithmetic, so one that rises within rounding is kept.
template <class Real>
auto SweepBatch<Real>::judge(std::size_t position) -> Verdict {
  Live& live = live_[position];
  Verdict verdict;
  verdict.error_squared = stack_.relative_error_squared(position);
  const double objective =
      objective_of(verdict.error_squared, stack_.terms(position).penalty, X_.squared_norm());
  const bool plain = live.extrapolation.weight() == 0;
  const double most = live.objective * live.objective + objective_noise<Real>();
  verdict.lower = !live.extrapolation.active() || objective <= live.objective;
  verdict.kept = verdict.lower || (plain && objective * objective <= most);
  if (verdict.kept) {
    live.extrapolation.accept();
  } else {
    live.extrapolation.reject();
  }
  return verdict;
}

/// Notes the iteration.
template <class Real>
void SweepBatch<Real>::record(std::size_t position, const Verdict& verdict) {
  Live& live = live_[position];
  double error = live.log.last().relative_error;
  if (verdict.lower) {
    error = std::sqrt(verdict.error_squared);
    live.objective =
        objective_of(verdict.error_squared, stack_.terms(position).penalty, X_.squared_norm());
  }
  live.log.record({live.next_iteration(), control_.seconds(), error, live.objective, verdict.kept});
  control_.report(live.log);
}

/// Components that vanished from either factor of a kept pair start anew from a drawn column.
template <class Real>
void SweepBatch<Real>::revive_dead_components(const std::vector<bool>& accepted) {
  bool any = false;
  for (std::size_t r = 0; r < live_.size(); ++r) {
    if (!accepted[r]) continue;
    Live& live = live_[r];
    const PassTerms& terms = stack_.terms(r);
    const RandomField field(options_.seed, Purpose::reseed, live.log.restart());
    const Index first = options_.fixed.components();
    for (Index j = first; j < options_.components && live.revivals_left > 0; ++j) {
      if (!is_dead(terms.gram_A, j) && !is_dead(terms.gram_Sy, j)) continue;
      --live.revivals_left;
      const bool revived = revive(r, j, field.index(live.log.last().iteration, j, X_.columns()));
      any = any || revived;
    }
  }
  if (any) stack_.refresh_transposed_product();
}

/// What is minimised does not rise: without penalties the component's part of S is zero at first;
/// with them it is revived with the part of S that lowers it the most, if any does.
template <class Real>
bool SweepBatch<Real>::revive(std::size_t position, Index component, Index column) {
  if (!options_.penalties.any()) {
    stack_.revive(position, component, column);
    return true;
  }
  const double gain = stack_.revive_if_it_pays(position, component, column);
  if (gain <= 0) return false;
  double& objective = live_[position].objective;
  objective = objective_of(objective * objective, -gain, X_.squared_norm());
  return true;
}

/// Restarts that have ended, or are to wait, leave the stack.
template <class Real>
void SweepBatch<Real>::retire() {
  if (std::ranges::all_of(live_, [&](Live& live) { return live.log.finished(); })) {
    stack_.release_scratch();
  }
  std::vector<bool> kept;
  for (std::size_t r = 0; r < live_.size(); ++r) {
    RestartLog& log = live_[r].log;
    const bool ended = log.finished();
    if (!ended && control_.early()) log.finish(*control_.early());
    const bool leaves = ended || control_.early();
    const bool waits = log.last().iteration >= control_.pause();
    kept.push_back(!leaves && !waits);
    if (leaves) {
      events_.finished({log.take(), stack_.factors(r)});
    } else if (waits) {
      RestartState<Real> waiting = state(r);
      waiting.product = stack_.transposed_product(r);
      events_.paused(std::move(waiting));
    }
  }
  if (std::ranges::all_of(kept, std::identity{})) return;
  std::vector<Live> rest;
  for (std::size_t r = 0; r < kept.size(); ++r) {
    if (kept[r]) rest.push_back(std::move(live_[r]));
  }
  live_ = std::move(rest);
  stack_.keep(kept);
}

template class SweepBatch<double>;
template class SweepBatch<float>;

}  // namespace partita
