#include "partita/factorize/sweep_batch.hpp"
#include "partita/update/rules.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace partita {

namespace {

// Ang & Gillis 2019: growth of the extrapolation weight for inexact and for exact inner solvers.
constexpr ExtrapolationRates kHalsRates{1.01, 1.005};
constexpr ExtrapolationRates kExactRates{1.1, 1.05};

/// Gillis & Glineur 2012: sweeps cost little against the product that they follow, so the wider X
/// is, the more of them pay: 1 + α ρ with ρ = 1 + (stored + m k) / (n (k + 1)) for the n rows of A.
constexpr double kSweepShare = 0.5;
/// Where X is so sparse that the formula says one sweep, a few more still pay: they bring the end
/// nearer by passes.
constexpr double kFewestSweeps = 3;
/// Beyond this many sweeps a row is nearly always at its optimum.
constexpr double kMostSweeps = 40;

int sweeps(Index stored, Index rows, Index others, Index k) {
  const double ratio = 1 + std::floor(static_cast<double>(stored + others * k) /
                                      static_cast<double>(rows * (k + 1)));
  return static_cast<int>(std::clamp(1 + kSweepShare * ratio, kFewestSweeps, kMostSweeps));
}

}  // namespace

template <class Real>
SweepRules<Real> make_sweep_rules(const DistributedMatrix<Real>& X,
                                  const FactorizeOptions& options) {
  const FactorPenalty of_A = options.penalties.of_A();
  const FactorPenalty of_S = options.penalties.of_S();
  if (options.solver == SolverKind::mu) {
    return {make_multiplicative_rule<Real>(of_A), make_multiplicative_rule<Real>(of_S), {}, true};
  }
  switch (options.nnls) {
    case NnlsKind::bpp:
      return {make_bpp_rule<Real>(of_A), make_bpp_rule<Real>(of_S), kExactRates, true};
    case NnlsKind::none:
      return {make_least_squares_rule<Real>(of_A), make_least_squares_rule<Real>(of_S), {}, false};
    case NnlsKind::clip:
      return {make_clip_rule<Real>(of_A), make_clip_rule<Real>(of_S), {}, true};
    case NnlsKind::hals:
      break;
  }
  const Index n = X.rows();
  const Index m = X.columns();
  const Index k = options.components;
  return {make_hals_rule<Real>(sweeps(X.stored(), n, m, k), of_A),
          make_hals_rule<Real>(sweeps(X.stored(), m, n, k), of_S), kHalsRates, true};
}

template <class Real>
void solve_by_sweeps(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                     std::vector<RestartStart<Real>> batch, RunControl& control,
                     const SolverEvents<Real>& events) {
  const SweepRules<Real> rules = make_sweep_rules(X, options);
  std::vector<RestartLog> logs;
  for (const auto& start : batch) {
    logs.emplace_back(start.restart, options.stop);
    if (start.began) logs.back().begin_at(*start.began);
    if (!start.estimated.empty()) logs.back().retake_last(start.estimated, control.seconds());
  }
  // In two statements: the starts, moved to the first, would else live until the second is done.
  SweepBatch<Real> together(X, options, rules, std::move(batch), std::move(logs), control, events);
  together.run();
}

#define PARTITA_INSTANTIATE(Real)                                                        \
  template SweepRules<Real> make_sweep_rules(const DistributedMatrix<Real>&,             \
                                             const FactorizeOptions&);                   \
  template void solve_by_sweeps(const DistributedMatrix<Real>&, const FactorizeOptions&, \
                                std::vector<RestartStart<Real>>, RunControl&,            \
                                const SolverEvents<Real>&);
PARTITA_INSTANTIATE(double)
PARTITA_INSTANTIATE(float)
#undef PARTITA_INSTANTIATE

}  // namespace partita
