#include <algorithm>
#include <cmath>
#include <utility>

#include "factorize/objective/objective.hpp"
#include "factorize/solve/entry_sweeps.hpp"
#include "factorize/solve/held_components.hpp"
#include "factorize/solve/nnls_table.hpp"
#include "factorize/solve/sweep_batch.hpp"
#include "update/rules.hpp"

namespace partita {

namespace {

/// Gillis & Glineur 2012: sweeps cost little against the product that they follow, so the wider X
/// is, the more of them pay: 1 + α ρ with ρ = 1 + (stored + m k) / (n (k + 1)) for the n rows of A.
constexpr double kSweepShare = 0.5;
/// Where X is so sparse that the formula says one sweep, a few more still pay: they bring the end
/// nearer by passes.
constexpr double kFewestSweeps = 3;
/// Beyond this many sweeps a row is nearly always at its optimum.
constexpr double kMostSweeps = 40;

/// The same for multiplicative updates, whose steps are shorter.
constexpr double kMultiplicativeShare = 2;

int sweeps(Index stored, Index rows, Index others, Index k, double share = kSweepShare) {
  const double ratio = 1 + std::floor(static_cast<double>(stored + others * k) /
                                      static_cast<double>(rows * (k + 1)));
  return static_cast<int>(std::clamp(1 + share * ratio, kFewestSweeps, kMostSweeps));
}

/// Runs a batch whose rules are made.
template <class Real>
void sweep(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
           const SweepRules<Real>& rules, std::vector<RestartStart<Real>> batch,
           RunControl& control, const SolverEvents<Real>& events) {
  std::vector<RestartLog> logs;
  for (const auto& start : batch) {
    logs.emplace_back(start.restart,
                      StopRule(options.stop, rounding_level<Real>(options.components)));
    if (start.began) logs.back().begin_at(*start.began);
    if (!start.estimated.empty()) logs.back().retake_last(start.estimated, control.seconds());
  }
  // In two statements: the starts, moved to the first, would else live until the second is done.
  SweepBatch<Real> together(X, options, rules, std::move(batch), std::move(logs), control, events);
  together.run();
}

}  // namespace

template <class Real>
SweepRules<Real> make_sweep_rules(const DistributedMatrix<Real>& X,
                                  const FactorizeOptions& options) {
  const NnlsRow& row = nnls_row(options.nnls);
  const Index n = X.rows();
  const Index m = X.columns();
  const Index k = options.components;
  SweepRules<Real> rules{row.make<Real>(sweeps(X.stored(), n, m, k), options.penalties.of_A()),
                         row.make<Real>(sweeps(X.stored(), m, n, k), options.penalties.of_S()),
                         row.extrapolation, row.nonnegative};
  hold_fixed_components(options, rules);
  return rules;
}

template <class Real>
void solve_by_sweeps(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                     std::vector<RestartStart<Real>> batch, RunControl& control,
                     const SolverEvents<Real>& events) {
  if (!X.counts_all_alike()) {
    sweep_over_entries(X, options, make_entry_rules<Real>(options), std::move(batch), control,
                       events);
    return;
  }
  const SweepRules<Real> rules = make_sweep_rules(X, options);
  sweep(X, options, rules, std::move(batch), control, events);
}

template <class Real>
void solve_by_multiplicative_sweeps(const DistributedMatrix<Real>& X,
                                    const FactorizeOptions& options,
                                    std::vector<RestartStart<Real>> batch, RunControl& control,
                                    const SolverEvents<Real>& events) {
  if (!X.counts_all_alike()) {
    sweep_over_entries(X, options, make_entry_rules<Real>(options), std::move(batch), control,
                       events);
    return;
  }
  const auto rule = [&](Index rows, Index others, FactorPenalty penalty) {
    const int steps = sweeps(X.stored(), rows, others, options.components, kMultiplicativeShare);
    return make_multiplicative_rule<Real>(steps, penalty);
  };
  SweepRules<Real> rules{rule(X.rows(), X.columns(), options.penalties.of_A()),
                         rule(X.columns(), X.rows(), options.penalties.of_S()),
                         {},
                         true};
  hold_fixed_components(options, rules);
  sweep(X, options, rules, std::move(batch), control, events);
}

#define PARTITA_INSTANTIATE(Real)                                                               \
  template SweepRules<Real> make_sweep_rules(const DistributedMatrix<Real>&,                    \
                                             const FactorizeOptions&);                          \
  template void solve_by_sweeps(const DistributedMatrix<Real>&, const FactorizeOptions&,        \
                                std::vector<RestartStart<Real>>, RunControl&,                   \
                                const SolverEvents<Real>&);                                     \
  template void solve_by_multiplicative_sweeps(                                                 \
      const DistributedMatrix<Real>&, const FactorizeOptions&, std::vector<RestartStart<Real>>, \
      RunControl&, const SolverEvents<Real>&);
PARTITA_INSTANTIATE(double)
PARTITA_INSTANTIATE(float)
#undef PARTITA_INSTANTIATE

}  // namespace partita
