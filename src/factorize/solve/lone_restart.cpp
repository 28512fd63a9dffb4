#include "factorize/solve/lone_restart.hpp"

#include <array>
#include <cmath>
#include <span>
#include <utility>

#include "comm/collectives.hpp"
#include "data/tall_view.hpp"
#include "factorize/objective/entry_objective.hpp"
#include "factorize/objective/objective.hpp"
#include "factorize/solve/work_timer.hpp"

namespace partita {

template <class Real>
LoneRestart<Real>::LoneRestart(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                               const StopRule& rule, RestartStart<Real> start, RunControl& control)
    : X_(X), options_(options), control_(control), log_(start.restart, rule) {
  if (start.began) log_.begin_at(*start.began);
  if (start.saved) {
    log_.resume(std::move(start.saved->trace), start.saved->judged_from, control.seconds());
    factors_ = start.saved->take_factors();
    return;
  }
  factors_ = std::move(start.factors);
  record(0, {});
}

template <class Real>
bool LoneRestart<Real>::goes_on() {
  const bool waits = log_.last().iteration >= control_.pause();
  return !control_.early() && !waits && !log_.finished();
}

template <class Real>
void LoneRestart<Real>::record(std::optional<double> my_loss) {
  record(next_iteration(), my_loss);
}

template <class Real>
void LoneRestart<Real>::record(Index iteration, std::optional<double> my_loss) {
  const RunControl::Wishes wishes = control_.wishes();
  std::array<double, 5> sums{penalty_of(X_, options_, factors_), wishes[0], wishes[1], wishes[2],
                             my_loss.value_or(0)};
  sum_over(X_.grid().all(), std::span<double>(sums));
  const WorkTimer timer(control_.work(), X_.grid().all().traffic(), Work::error);
  const double loss = my_loss ? sums[4] : X_.residual_squared(factors_.A, factors_.S);
  const double squared = loss / X_.squared_norm();
  log_.record({iteration, control_.seconds(), std::sqrt(squared),
               objective_of(squared, sums[0], X_.squared_norm())});
  control_.report(log_);
  control_.agree(std::span<const double>(sums).subspan(1, wishes.size()));
}

template <class Real>
void LoneRestart<Real>::save_if_due(const SolverEvents<Real>& events, const State& state) {
  if (!control_.checkpoint_due()) return;
  if (events.save) events.save({state_of(state)});
  control_.checkpoint_done();
}

template <class Real>
void LoneRestart<Real>::leave(const SolverEvents<Real>& events, const State& state) {
  const bool ended = log_.finished();
  if (!ended && !control_.early()) {
    events.paused(state_of(state));
    return;
  }
  if (!ended) log_.finish(*control_.early());
  events.finished({log_.take(), std::move(factors_)});
}

template <class Real>
RestartState<Real> LoneRestart<Real>::state_of(const State& state) const {
  return {.restart = log_.restart(),
          .trace = log_.trace(),
          .judged_from = log_.judged_from(),
          .of_solver = state()};
}

template class LoneRestart<double>;
template class LoneRestart<float>;

}  // namespace partita
