#include "factorize/solve/rest_sweeps.hpp"

#include <limits>
#include <utility>

#include "comm/collectives.hpp"
#include "data/blocks/panel_sum.hpp"
#include "data/blocks/panels.hpp"
#include "factorize/matrix/gram_over.hpp"
#include "factorize/objective/entry_objective.hpp"
#include "factorize/objective/objective.hpp"
#include "factorize/solve/extrapolated_step.hpp"
#include "factorize/solve/extrapolation.hpp"
#include "factorize/solve/lone_restart.hpp"
#include "factorize/solve/nnls_table.hpp"
#include "factorize/solve/work_timer.hpp"

namespace partita {

namespace {

/// Rows that a thread takes at a time.
constexpr Index kRowsOfPanel = 64;

ExtrapolationRates rates_of(const FactorizeOptions& options) {
  const bool extrapolates = options.solver == SolverKind::als && !options.fixed.any();
  return extrapolates ? nnls_row(options.nnls).extrapolation : ExtrapolationRates{};
}

template <class Real>
TallView<Real> view(TallMatrix<Real>& W) {
  return {W.data(), W.rows(), W.width(), W.width()};
}

/// The passes of one restart.
template <class Real>
class RestPasses {
 public:
  /// @param kept  the pair that the restart is at, borrowed: S is the extrapolated one, as that is
  /// what A and the error belong to.
  RestPasses(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
             const EntryRules<Real>& rules, RunControl& control, FactorPair<Real>& kept)
      : X_(X),
        options_(options),
        rules_(rules),
        control_(control),
        kept_(kept),
        S_(kept.S),
        Ay_(kept.A),
        extrapolation_(rates_of(options)),
        my_squared_norm_(X.block().squared_norm()) {}

  /// @return what my rows of X then lose.
  double pass() {
    const auto weight = static_cast<Real>(extrapolation_.weight());
    TallMatrix<Real> Sy = kept_.S;
    update_S(Sy);
    TallMatrix<Real> S_before = S_;
    step_beyond<Real>(view(Sy), view(S_before), weight, rules_.nonnegative);
    TallMatrix<Real>& S_now = S_before;  // what Sy was before it stepped beyond
    TallMatrix<Real> A = Ay_;
    const double loss = my_squared_norm_ + update_A(Sy, A);
    if (!is_better(loss, A, Sy)) {
      extrapolation_.reject();
      Ay_ = kept_.A;
      S_ = kept_.S;
      return my_loss_;
    }
    extrapolation_.accept();
    Ay_ = A;
    step_beyond<Real>(view(Ay_), view(kept_.A), weight, rules_.nonnegative);
    kept_ = {std::move(A), std::move(Sy)};
    S_ = std::move(S_now);
    my_loss_ = loss;
    return loss;
  }

 private:
  void update_S(TallMatrix<Real>& S) {
    const GramMatrix G = gram_over(X_.grid().all(), Ay_);
    {
      const WorkTimer timer(control_.work(), X_.grid().all().traffic(), Work::products);
      X_.transposed_times(Ay_, products_, sums_);
    }
    TallMatrix<Real> space;
    static_cast<void>(
        update(*rules_.for_S, X_.observed().of_columns, X_.gather_whole_A(Ay_, space), G, S));
  }

  double update_A(const TallMatrix<Real>& Sy, TallMatrix<Real>& A) {
    const GramMatrix G = gram_over(X_.grid().all(), Sy);
    TallMatrix<Real> gathered;
    const TallMatrix<Real>& S = X_.gather_S(Sy, gathered);
    {
      const WorkTimer timer(control_.work(), X_.grid().all().traffic(), Work::products);
      X_.times(S, products_, space_);
    }
    return update(*rules_.for_A, X_.observed().of_rows, S, G, A);
  }

  /// @return the loss of the rows, less their squared norm.
  double update(const PanelRule<Real>& rule, const EntryRows<Real>& entries,
                const TallMatrix<Real>& other, const GramMatrix& G, TallMatrix<Real>& W) {
    const WorkTimer timer(control_.work(), X_.grid().all().traffic(), Work::update);
    const bool measures = &rule == rules_.for_A.get();
    return sum_over_panels(W.rows(), kRowsOfPanel, [&](Range rows) {
      const TallView<Real> panel{W.row(rows.begin), rows.size(), W.width(), W.width()};
      const EntryPanel<Real> X{entries, rows, X_.unstored_weight(), products_.row(rows.begin)};
      rule.update(panel, X, whole(other), G);
      return measures ? entry_loss<Real>(panel, X, whole(other), G) : 0.0;
    });
  }

  /// Whether the objective has not risen. Collective: one number, so that all do the same.
  bool is_better(double my_loss, const TallMatrix<Real>& A, const TallMatrix<Real>& S) {
    const double penalty = penalty_of(whole(A), options_.penalties.of_A()) +
                           penalty_of(whole(S), options_.penalties.of_S());
    const double objective = sum_over(X_.grid().all(), my_loss + 2 * penalty);
    if (extrapolation_.active() && objective > objective_) return false;
    objective_ = objective;
    return true;
  }

  const DistributedMatrix<Real>& X_;
  const FactorizeOptions& options_;
  const EntryRules<Real>& rules_;
  RunControl& control_;
  FactorPair<Real>& kept_;
  TallMatrix<Real> S_;   ///< before it stepped beyond to kept_.S
  TallMatrix<Real> Ay_;  ///< beyond kept_.A
  Extrapolation extrapolation_;
  double my_squared_norm_;
  double my_loss_ = 0;
  double objective_ = std::numeric_limits<double>::infinity();
  TallMatrix<Real> products_;  ///< my rows of XᵀAy, or of X Syᵀ
  TallMatrix<Real> space_;
  PanelSum<Real> sums_;
};

}  // namespace

template <class Real>
void sweep_over_rest(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                     const EntryRules<Real>& rules, RestartStart<Real> start, RunControl& control,
                     const SolverEvents<Real>& events) {
  const StopRule rule(options.stop, rounding_level<Real>(options.components));
  LoneRestart<Real> restart(X, options, rule, std::move(start), control);
  RestPasses<Real> passes(X, options, rules, control, restart.factors());
  run_passes(restart, events, [&] { return passes.pass(); });
}

#define PARTITA_INSTANTIATE(Real)                                                         \
  template void sweep_over_rest(const DistributedMatrix<Real>&, const FactorizeOptions&,  \
                                const EntryRules<Real>&, RestartStart<Real>, RunControl&, \
                                const SolverEvents<Real>&);
PARTITA_INSTANTIATE(double)
PARTITA_INSTANTIATE(float)
#undef PARTITA_INSTANTIATE

}  // namespace partita
