#include "factorize/solve/entry_sweeps.hpp"

#include <array>
#include <cmath>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "comm/collectives.hpp"
#include "data/blocks/panels.hpp"
#include "factorize/matrix/gram_over.hpp"
#include "factorize/objective/entry_objective.hpp"
#include "factorize/objective/objective.hpp"
#include "factorize/solve/held_components.hpp"
#include "factorize/solve/lone_restart.hpp"
#include "factorize/solve/nnls_table.hpp"
#include "factorize/solve/normalize.hpp"
#include "factorize/solve/rest_sweeps.hpp"
#include "factorize/solve/work_timer.hpp"
#include "update/rules.hpp"

namespace partita {

namespace {

/// Components from which on the k² of a row's Gram matrix cost more than its residuals.
constexpr Index kMostOfGram = 12;
/// Of HALS, or multiplicative ones, over a row whose Gram matrix is its own.
constexpr int kSweepsOfRow = 4;
/// Rows that a thread takes at a time.
constexpr Index kRowsOfPanel = 64;

/// The passes of one restart.
template <class Real>
class EntryPasses {
 public:
  /// @param factors  of the restart, borrowed; as they stand they are the start.
  EntryPasses(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
              const EntryRules<Real>& rules, RunControl& control, FactorPair<Real>& factors)
      : X_(X), options_(options), rules_(rules), control_(control), factors_(factors) {}

  /// @return what my rows of X then lose, for which nothing is gathered anew.
  double pass() {
    const Communicator& all = X_.grid().all();
    TallMatrix<Real> space;
    {
      const GramMatrix G = gram_over(all, factors_.A);
      update(*rules_.for_S, X_.observed().of_columns, X_.gather_whole_A(factors_.A, space), G,
             factors_.S);
    }
    const GramMatrix G = gram_over(all, factors_.S);
    const double loss =
        update(*rules_.for_A, X_.observed().of_rows, X_.gather_S(factors_.S, space), G, factors_.A,
               /*measures=*/true);
    const bool scales = rules_.nonnegative && options_.penalties.any();
    if (scales && options_.init != StartKind::given) {
      normalize_components(all, options_, factors_);
    }
    return loss;
  }

 private:
  /// @param measures  whether the loss of the rows is returned, else 0: panel by panel, while what
  /// belongs to them is in cache.
  double update(const PanelRule<Real>& rule, const EntryRows<Real>& entries,
                const TallMatrix<Real>& other, const GramMatrix& G, TallMatrix<Real>& W,
                bool measures = false) {
    const WorkTimer timer(control_.work(), X_.grid().all().traffic(), Work::update);
    return sum_over_panels(W.rows(), kRowsOfPanel, [&](Range rows) {
      const TallView<Real> panel{W.row(rows.begin), rows.size(), W.width(), W.width()};
      const EntryPanel<Real> X{entries, rows, X_.unstored_weight()};
      rule.update(panel, X, whole(other), G);
      return measures ? entry_loss<Real>(panel, X, whole(other), G) : 0.0;
    });
  }

  const DistributedMatrix<Real>& X_;
  const FactorizeOptions& options_;
  const EntryRules<Real>& rules_;
  RunControl& control_;
  FactorPair<Real>& factors_;
};

template <class Real>
void run_alone(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
               const EntryRules<Real>& rules, RestartStart<Real> start, RunControl& control,
               const SolverEvents<Real>& events) {
  const StopRule rule(options.stop, rounding_level<Real>(options.components));
  LoneRestart<Real> restart(X, options, rule, std::move(start), control);
  EntryPasses<Real> passes(X, options, rules, control, restart.factors());
  run_passes(restart, events, [&] { return passes.pass(); });
}

/// By which a row is fitted to its own Gram matrix.
template <class Real>
std::unique_ptr<RowRule<Real>> lone_row_rule(const FactorizeOptions& options,
                                             const EntryPenalty& penalty) {
  if (options.solver == SolverKind::mu) {
    return make_multiplicative_rule<Real>(kSweepsOfRow, penalty.plain);
  }
  if (options.nnls == NnlsKind::hals) {
    return make_row_descent_rule<Real>(kSweepsOfRow, penalty.plain);
  }
  return nnls_row(options.nnls).make<Real>(kSweepsOfRow, penalty.plain);
}

template <class Real>
std::unique_ptr<PanelRule<Real>> make_rule(const FactorizeOptions& options, Side side) {
  const EntryPenalty penalty = entry_penalty(options, side);
  if (options.fixed.any()) {
    return held_panel_rule(options, side, lone_row_rule<Real>(options, penalty));
  }
  if (entry_rule(options) == EntryRuleKind::residuals) {
    return make_row_residual_rule<Real>(penalty, /*nonnegative=*/true);
  }
  return make_row_gram_rule<Real>(lone_row_rule<Real>(options, penalty), penalty);
}

}  // namespace

EntryRuleKind entry_rule(const FactorizeOptions& options) {
  const bool by_hals = options.solver == SolverKind::als && options.nnls == NnlsKind::hals;
  if (options.entry_rule != EntryRuleKind::automatic) return options.entry_rule;
  const bool by_residuals = by_hals && !options.fixed.any() && options.components > kMostOfGram;
  return by_residuals ? EntryRuleKind::residuals : EntryRuleKind::gram;
}

template <class Real>
EntryRules<Real> make_entry_rules(const FactorizeOptions& options) {
  return {make_rule<Real>(options, Side::A), make_rule<Real>(options, Side::S),
          !is_unconstrained(options)};
}

template <class Real>
void sweep_over_entries(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                        const EntryRules<Real>& rules, std::vector<RestartStart<Real>> batch,
                        RunControl& control, const SolverEvents<Real>& events) {
  for (RestartStart<Real>& start : batch) {
    if (control.early()) return;
    if (X.observed().rest_by_products) {
      sweep_over_rest(X, options, rules, std::move(start), control, events);
    } else {
      run_alone(X, options, rules, std::move(start), control, events);
    }
  }
}

#define PARTITA_INSTANTIATE(Real)                                                            \
  template EntryRules<Real> make_entry_rules(const FactorizeOptions&);                       \
  template void sweep_over_entries(const DistributedMatrix<Real>&, const FactorizeOptions&,  \
                                   const EntryRules<Real>&, std::vector<RestartStart<Real>>, \
                                   RunControl&, const SolverEvents<Real>&);
PARTITA_INSTANTIATE(double)
PARTITA_INSTANTIATE(float)
#undef PARTITA_INSTANTIATE

}  // namespace partita
