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
#include "factorize/objective/objective.hpp"
#include "factorize/solve/lone_restart.hpp"
#include "factorize/solve/nnls_table.hpp"
#include "factorize/solve/normalize.hpp"
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

/// Σ_stored w x (a·s) and Σ_stored w (a·s)², and Σ_stored (a·s)², of my rows.
template <class Real>
std::array<double, 3> moments(const DistributedMatrix<Real>& X, const TallMatrix<Real>& A,
                              const TallMatrix<Real>& S) {
  std::array<double, 3> sums{};
  const EntryRows<Real>& rows = X.observed().of_rows;
  for (Index i = 0; i < rows.rows(); ++i) {
    const EntryRow<Real> row = row_of(rows, i);
    for (std::size_t e = 0; e < row.size(); ++e) {
      const Real* const s = S.row(row.columns[e]);
      double model = 0;
      for (Index l = 0; l < A.width(); ++l) {
        model += static_cast<double>(A.row(i)[l]) * static_cast<double>(s[l]);
      }
      sums[0] += row.weight(e) * static_cast<double>(row.values[e]) * model;
      sums[1] += row.weight(e) * model * model;
      sums[2] += model * model;
    }
  }
  return sums;
}

template <class Real>
void multiply(TallMatrix<Real>& W, double factor) {
  for (Real& value : W.values()) value *= static_cast<Real>(factor);
}

/// The passes of one restart.
template <class Real>
class EntryPasses {
 public:
  /// @param factors  of the restart, borrowed; as they stand they are the start.
  EntryPasses(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
              const EntryRules<Real>& rules, RunControl& control, FactorPair<Real>& factors)
      : X_(X), options_(options), rules_(rules), control_(control), factors_(factors) {}

  void pass() {
    const Communicator& all = X_.grid().all();
    TallMatrix<Real> space;
    {
      const GramMatrix G = gram_over(all, factors_.A);
      update(*rules_.for_S, X_.observed().of_columns, whole_A(space), G, factors_.S);
    }
    const GramMatrix G = gram_over(all, factors_.S);
    update(*rules_.for_A, X_.observed().of_rows, X_.gather_S(factors_.S, space), G, factors_.A);
    const bool scales = rules_.nonnegative && options_.penalties.any();
    if (scales && options_.init != StartKind::given) {
      normalize(all, options_.penalties, factors_);
    }
  }

 private:
  /// All of A, by its owners in the order of ranks, as the grid has one column.
  const TallMatrix<Real>& whole_A(TallMatrix<Real>& space) const {
    const Communicator& all = X_.grid().all();
    if (all.size() == 1) return factors_.A;
    std::vector<Index> counts;
    for (int process = 0; process < all.size(); ++process) {
      counts.push_back(X_.layout().factor_rows(process).size() * options_.components);
    }
    space.reshape(X_.rows(), options_.components);
    all_gather(all, std::span<const Real>(factors_.A.values()), space.values(),
               std::span<const Index>(counts));
    return space;
  }

  void update(const PanelRule<Real>& rule, const EntryRows<Real>& entries,
              const TallMatrix<Real>& other, const GramMatrix& G, TallMatrix<Real>& W) {
    const WorkTimer timer(control_.work(), X_.grid().all().traffic(), Work::update);
    for_each_panel(W.rows(), kRowsOfPanel, [&](Index /*thread*/, Range rows) {
      rule.update({W.row(rows.begin), rows.size(), W.width(), W.width()},
                  {entries, rows, X_.unstored_weight()}, whole(other), G);
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
  const auto state = [&] { return FactorsState<Real>{restart.factors()}; };
  restart.save_if_due(events, state);  // the start has been recorded with everybody's wishes
  while (restart.goes_on()) {
    passes.pass();
    restart.record();
    restart.save_if_due(events, state);
  }
  restart.leave(events, state);
}

template <class Real>
std::unique_ptr<PanelRule<Real>> make_rule(const FactorizeOptions& options, FactorPenalty penalty) {
  if (options.solver == SolverKind::mu) {
    return make_row_gram_rule<Real>(make_multiplicative_rule<Real>(kSweepsOfRow, penalty));
  }
  if (entry_rule(options) == EntryRuleKind::residuals) {
    return make_row_residual_rule<Real>(penalty, /*nonnegative=*/true);
  }
  return make_row_gram_rule<Real>(nnls_row(options.nnls).make<Real>(kSweepsOfRow, penalty));
}

}  // namespace

EntryRuleKind entry_rule(const FactorizeOptions& options) {
  const bool by_hals = options.solver == SolverKind::als && options.nnls == NnlsKind::hals;
  if (options.entry_rule != EntryRuleKind::automatic) return options.entry_rule;
  return by_hals && options.components > kMostOfGram ? EntryRuleKind::residuals
                                                     : EntryRuleKind::gram;
}

template <class Real>
EntryRules<Real> make_entry_rules(const FactorizeOptions& options) {
  return {make_rule<Real>(options, options.penalties.of_A()),
          make_rule<Real>(options, options.penalties.of_S()), !is_unconstrained(options)};
}

template <class Real>
void sweep_over_entries(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                        const EntryRules<Real>& rules, std::vector<RestartStart<Real>> batch,
                        RunControl& control, const SolverEvents<Real>& events) {
  for (RestartStart<Real>& start : batch) {
    if (control.early()) return;
    run_alone(X, options, rules, std::move(start), control, events);
  }
}

template <class Real>
void scale_start_to_entries(const DistributedMatrix<Real>& X, FactorPair<Real>& factors) {
  const Communicator& all = X.grid().all();
  normalize(all, {}, factors);  // whatever its order, a start is as good
  TallMatrix<Real> space;
  std::array<double, 3> sums = moments(X, factors.A, X.gather_S(factors.S, space));
  sum_over(all, std::span<double>(sums));
  const double omega = X.unstored_weight();
  double model = sums[1];
  if (omega > 0) {
    model +=
        omega * (inner_product(gram_over(all, factors.A), gram_over(all, factors.S)) - sums[2]);
  }
  if (!(sums[0] > 0 && model > 0)) return;
  const double scale = std::sqrt(sums[0] / model);
  multiply(factors.A, scale);
  multiply(factors.S, scale);
}

#define PARTITA_INSTANTIATE(Real)                                                            \
  template EntryRules<Real> make_entry_rules(const FactorizeOptions&);                       \
  template void sweep_over_entries(const DistributedMatrix<Real>&, const FactorizeOptions&,  \
                                   const EntryRules<Real>&, std::vector<RestartStart<Real>>, \
                                   RunControl&, const SolverEvents<Real>&);                  \
  template void scale_start_to_entries(const DistributedMatrix<Real>&, FactorPair<Real>&);
PARTITA_INSTANTIATE(double)
PARTITA_INSTANTIATE(float)
#undef PARTITA_INSTANTIATE

}  // namespace partita
