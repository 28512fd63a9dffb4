#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "factorize/solve/solver.hpp"

namespace partita {

/// A restart that its solver runs alone: its factors and its log, which gets the explicit error of
/// every iteration. What remains of a solver is what it does to the factors:
///
///   restart.save_if_due(events, state);
///   while (restart.goes_on()) {
///     ... restart.factors() ...
///     restart.record();
///     restart.save_if_due(events, state);
///   }
///   restart.leave(events, state);
///
/// All but the accessors is collective over X.grid().all().
template <class Real>
class LoneRestart {
 public:
  /// What the solver needs to go on from the factors as they stand.
  using State = std::function<SolverState<Real>()>;

  /// Goes on from where the start was saved; a fresh one is recorded as iteration 0. `X`, `options`
  /// and `control` are borrowed.
  LoneRestart(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
              const StopRule& rule, RestartStart<Real> start, RunControl& control);

  [[nodiscard]] FactorPair<Real>& factors() { return factors_; }
  [[nodiscard]] const FactorPair<Real>& factors() const { return factors_; }
  [[nodiscard]] Index next_iteration() const { return log_.last().iteration + 1; }

  /// Whether the restart has neither ended nor come to where it waits, and the run does not stop.
  [[nodiscard]] bool goes_on();
  /// The factors are those of the next iteration: adds their error to the log. Everybody's wishes
  /// travel with its sums.
  /// @param my_loss  ||X - A S||² over my rows as far as it counts, if it is known.
  void record(std::optional<double> my_loss = {});
  /// Tells `events` of the state if a checkpoint is due.
  void save_if_due(const SolverEvents<Real>& events, const State& state);
  /// After the last iteration, when the restart does not go on: it waits, or has its result. The
  /// factors are gone then.
  void leave(const SolverEvents<Real>& events, const State& state);

  /// For another solver that goes on with the restart; in either order, both once.
  [[nodiscard]] RestartLog take_log() { return std::move(log_); }
  [[nodiscard]] FactorPair<Real> take_factors() { return std::move(factors_); }

 private:
  void record(Index iteration, std::optional<double> my_loss);
  [[nodiscard]] RestartState<Real> state_of(const State& state) const;

  const DistributedMatrix<Real>& X_;
  const FactorizeOptions& options_;
  RunControl& control_;
  RestartLog log_;
  FactorPair<Real> factors_;
};

/// A restart whose factors are all that there is of it, to its end or to where it waits.
/// @param pass  improves restart.factors() by one iteration and returns what my rows of X then
/// lose. Collective over X.grid().all().
template <class Real, class Pass>
void run_passes(LoneRestart<Real>& restart, const SolverEvents<Real>& events, const Pass& pass) {
  const auto state = [&] { return FactorsState<Real>{restart.factors()}; };
  restart.save_if_due(events, state);  // the start has been recorded with everybody's wishes
  while (restart.goes_on()) {
    restart.record(pass());
    restart.save_if_due(events, state);
  }
  restart.leave(events, state);
}

}  // namespace partita
