#pragma once

#include <utility>
#include <vector>

#include "factorize/solve/factor_stack.hpp"

namespace partita {

/// Restarts that go through the passes of the `sweep` schedule together: which passes are kept,
/// when each restart ends, waits or is saved. Restarts that have ended leave the stack.
template <class Real>
class SweepBatch {
 public:
  /// Continues the logs: an empty one gets the start as its iteration 0. A saved restart continues
  /// from its state and log. Collective over X.grid().all().
  SweepBatch(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
             const SweepRules<Real>& rules, std::vector<RestartStart<Real>> starts,
             std::vector<RestartLog> logs, RunControl& control, const SolverEvents<Real>& events);

  /// Passes until every restart has finished or the run is stopped early. Collective.
  void run();

 private:
  struct Live {
    Live(RestartLog its_log, ExtrapolationRates rates, Index k)
        : log(std::move(its_log)), extrapolation(rates), revivals_left(2 * k) {}

    RestartLog log;
    Extrapolation extrapolation;
    Index revivals_left;   ///< dead components that may still be seeded anew
    double objective = 0;  ///< of the kept pair, on the scale of the relative error

    /// Number of the pass that is under way or was judged last.
    [[nodiscard]] Index next_iteration() const { return log.last().iteration + 1; }
  };

  void restore(Live& live, const RestartState<Real>& state);
  [[nodiscard]] RestartState<Real> state(std::size_t position) const;
  /// What a pass has come to.
  struct Verdict {
    double error_squared = 0;  ///< relative, of the new pair
    bool kept = false;
    bool lower = false;  ///< whether the objective fell; else it rose by no more than rounding
  };

  void record_starts();
  void pass();
  [[nodiscard]] Verdict judge(std::size_t position);
  void record(std::size_t position, const Verdict& verdict);
  void revive_dead_components(const std::vector<bool>& accepted);
  [[nodiscard]] bool revive(std::size_t position, Index component, Index column);
  void save_if_due();
  void retire();

  const DistributedMatrix<Real>& X_;
  const FactorizeOptions& options_;
  const SweepRules<Real>& rules_;
  RunControl& control_;
  const SolverEvents<Real>& events_;
  std::vector<Live> live_;
  FactorStack<Real> stack_;
};

}  // namespace partita
