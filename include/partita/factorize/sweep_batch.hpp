#pragma once

#include "partita/comm/collectives.hpp"
#include "partita/factorize/extrapolation.hpp"
#include "partita/factorize/solver.hpp"
#include "partita/factorize/work_timer.hpp"
#include "partita/update/row_rule.hpp"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace partita {

/// The update rules of a sweep and how the pass around them behaves.
template <class Real>
struct SweepRules {
  std::unique_ptr<RowRule<Real>> for_A;
  std::unique_ptr<RowRule<Real>> for_S;
  ExtrapolationRates extrapolation;
  bool nonnegative = true;
};

/// The rules that the options ask for; sweep counts of HALS follow the shape of X.
template <class Real>
[[nodiscard]] SweepRules<Real> make_sweep_rules(const DistributedMatrix<Real>& X,
                                                const FactorizeOptions& options);

/// Restarts that go through the passes of the `sweep` schedule together, their factors stacked side
/// by side: one product and one set of collectives serves them all. Finished restarts leave.
///
/// One pass, with extrapolated points marked y (Ang & Gillis 2019, hp = 3):
///   S ← rule(AyᵀAy, XᵀAy) from Sy;  Sy ← max(0, S + β(S - S_old))
///   A ← rule(Sy Syᵀ, X Syᵀ) from Ay;  Ay ← A + β(A - A_old)
/// and the pair (A, Sy) is kept if its objective fell, else the pass is undone and β shrinks.
/// Where a process owns all of A that belongs to its block, the second line goes panel by panel
/// through X and forms XᵀAy for the next pass on the way, so that X is read once a pass.
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
        : log(std::move(its_log)),
          extrapolation(rates),
          gram_A(k),
          gram_Ay(k),
          gram_Sy(k),
          revivals_left(2 * k) {}

    RestartLog log;
    Extrapolation extrapolation;
    GramMatrix gram_A;       ///< AᵀA of the new A
    GramMatrix gram_Ay;      ///< AyᵀAy
    GramMatrix gram_Sy;      ///< Sy Syᵀ of the new Sy
    double model_dot_X = 0;  ///< <X Syᵀ, A>
    double penalty = 0;      ///< of (A, Sy)
    Index revivals_left;     ///< dead components that may still be seeded anew
    double objective = 0;    ///< of the kept pair, on the scale of the relative error

    /// Number of the pass that is under way or was judged last.
    [[nodiscard]] Index next_iteration() const { return log.last().iteration + 1; }
  };

  /// What the rows of A that one thread updates add to the verdict on a restart.
  struct RowTerms {
    double model_dot_X = 0;
    double penalty = 0;
    GramMatrix gram_A;
    GramMatrix gram_Ay;
  };
  /// What one thread works with in a pass.
  struct Worker {
    TallMatrix<Real> P;           ///< X Syᵀ of the panel at hand
    std::vector<RowTerms> terms;  ///< by position in the stack
    WorkLog work;
  };

  void stack(const std::vector<RestartStart<Real>>& starts);
  void restore(Live& live, const RestartState<Real>& state);
  [[nodiscard]] RestartState<Real> state(std::size_t position) const;
  void form_transposed_products(std::vector<RestartStart<Real>>& starts);
  void record_starts();
  void pass();
  void update_S();
  void update_A_by_panels(const TallMatrix<Real>& block_S);
  void update_A_whole(const TallMatrix<Real>& block_S);
  void update_A_rows(Range rows, const Real* P, Worker& worker);
  void extrapolate_A(Range rows, Worker& worker);
  void prepare_workers(Index panel_rows);
  void collect_from_workers();
  void begin_sum_of_A_terms();
  void finish_sum_of_A_terms();
  void judge(const TallMatrix<Real>& block_S);
  [[nodiscard]] double relative_error_squared(const Live& live, Index position,
                                              const TallMatrix<Real>& block_S) const;
  void keep_or_undo(const std::vector<bool>& accepted);
  void revive_dead_components(const std::vector<bool>& accepted);
  void revive(Index position, Index component, Index column);
  void refresh_transposed_product();
  [[nodiscard]] Index rows_of_A_panel() const;
  void sum_grams(GramMatrix Live::*gram, const TallMatrix<Real>& factor, Index step);
  void begin_sum_of_grams(const TallMatrix<Real>& factor, Index step);
  void finish_sum_of_grams(GramMatrix Live::*gram);
  void save_if_due();
  void release_scratch();
  void retire();

  /// Times a scope as one kind of work.
  [[nodiscard]] WorkTimer timed(Work work, double flops = 0) const {
    return timed(control_.work(), work, flops);
  }
  [[nodiscard]] WorkTimer timed(WorkLog& log, Work work, double flops = 0) const {
    return {log, X_.grid().all().traffic(), work, flops};
  }
  /// Of one product of my block with a stacked factor.
  [[nodiscard]] double product_flops() const {
    return 2 * static_cast<double>(X_.block().stored()) * static_cast<double>(width());
  }
  /// Of one restart's Gram matrix of so many rows.
  [[nodiscard]] double gram_flops(Index rows) const {
    return static_cast<double>(rows * k() * (k() + 1));
  }

  [[nodiscard]] Index k() const { return options_.components; }
  [[nodiscard]] Index width() const { return k() * static_cast<Index>(live_.size()); }

  const DistributedMatrix<Real>& X_;
  const FactorizeOptions& options_;
  const SweepRules<Real>& rules_;
  RunControl& control_;
  const SolverEvents<Real>& events_;
  std::vector<Live> live_;

  // Stacked factors, my rows: kept pair (A_, Sy_), the last plain S, and the pass's new ones.
  TallMatrix<Real> A_, A_new_, Ay_;
  TallMatrix<Real> S_, S_new_, Sy_, Sy_new_;
  TallMatrix<Real> Q_;                ///< XᵀAy, my rows
  TallMatrix<Real> P_;                ///< X Syᵀ, my rows, where panels do not form it
  TallMatrix<Real> space_, space_P_;  ///< gathered factors and partial products
  PanelSum<Real> space_Q_;
  std::vector<Worker> workers_;  ///< by thread
  std::vector<double> summed_;   ///< what sum_ adds up; before it, as it is destroyed after
  std::optional<PendingSum> sum_;
};

}  // namespace partita
