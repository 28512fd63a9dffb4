#include <algorithm>
#include <memory>

#include "base/random.hpp"
#include "factorize/solve/nnls_table.hpp"
#include "factorize/solve/random_schedule.hpp"
#include "factorize/solve/sampled_factors.hpp"

namespace partita {

namespace {

/// Sweeps for a single row: exact enough, as a row costs nothing beside its right side.
constexpr int kSweeps = 100;

std::unique_ptr<RowRule<double>> make_rule(const FactorizeOptions& options, FactorPenalty penalty) {
  const bool free = options.constraint == Constraint::none;
  return nnls_row(free ? NnlsKind::none : options.nnls).make<double>(kSweeps, penalty);
}

/// Fits the drawn lines, each against the other factor as it is before any of them moves.
template <class Real>
void fit_lines(SampledFactors<Real>& factors, Side side, const std::vector<Index>& drawn,
               const RowRule<double>& rule) {
  for (const Index index : drawn) {
    const std::vector<double> before = factors.current(side, index);
    const std::vector<double> c = factors.right_side(side, index);
    std::vector<double> after = before;
    const auto k = static_cast<Index>(c.size());
    rule.update({after.data(), 1, k, k}, {c.data(), 1, k, k}, factors.fixed_gram(side));
    factors.replace(side, index, before, after);
  }
}

}  // namespace

template <class Real>
void solve_by_sampled_als(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                          std::vector<RestartStart<Real>> batch, RunControl& control,
                          const SolverEvents<Real>& events) {
  const auto rule_A = make_rule(options, options.penalties.of_A());
  const auto rule_S = make_rule(options, options.penalties.of_S());
  for (RestartStart<Real>& start : batch) {
    if (control.early()) break;
    const LineDraws draws(options, start.restart, X.rows(), X.columns());
    run_sampled<Real>(X, options, std::move(start), control, events,
                      [&](SampledFactors<Real>& factors, Index iteration) {
                        fit_lines(factors, Side::S, draws.columns(iteration), *rule_S);
                        fit_lines(factors, Side::A, draws.rows(iteration), *rule_A);
                      });
  }
}

template void solve_by_sampled_als(const DistributedMatrix<double>&, const FactorizeOptions&,
                                   std::vector<RestartStart<double>>, RunControl&,
                                   const SolverEvents<double>&);
template void solve_by_sampled_als(const DistributedMatrix<float>&, const FactorizeOptions&,
                                   std::vector<RestartStart<float>>, RunControl&,
                                   const SolverEvents<float>&);

}  // namespace partita
