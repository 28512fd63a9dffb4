#include "partita/base/error.hpp"
#include "partita/factorize/solver.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace partita {

namespace {

constexpr std::array kSolvers = {
    SolverFacts{SolverKind::als, Schedule::sweep, true,
                "alternating non-negative least squares over all rows and columns"},
    SolverFacts{SolverKind::als, Schedule::random, false,
                "least squares on drawn rows and columns"},
    SolverFacts{SolverKind::kaczmarz, Schedule::sweep, false,
                "proximal block randomized Kaczmarz, ending as accelerated HALS"},
    SolverFacts{SolverKind::kaczmarz, Schedule::random, false,
                "randomized Kaczmarz steps on drawn rows and columns"},
    SolverFacts{SolverKind::mu, Schedule::sweep, true, "multiplicative updates, a baseline"},
};

}  // namespace

std::span<const SolverFacts> solver_table() {
  return kSolvers;
}

const SolverFacts& solver_facts(SolverKind kind, Schedule schedule) {
  const auto* found = std::ranges::find_if(kSolvers, [&](const SolverFacts& facts) {
    return facts.kind == kind && facts.schedule == schedule;
  });
  if (found == kSolvers.end()) {
    throw Error(ErrorKind::usage, "solver mu has no random schedule; use --schedule sweep");
  }
  return *found;
}

template <class Real>
Solver<Real> solver_for(SolverKind kind, Schedule schedule) {
  static_cast<void>(solver_facts(kind, schedule));
  const bool sweep = schedule == Schedule::sweep;
  if (kind == SolverKind::kaczmarz) {
    return sweep ? &solve_by_block_kaczmarz<Real> : &solve_by_sampled_kaczmarz<Real>;
  }
  return sweep ? &solve_by_sweeps<Real> : &solve_by_sampled_als<Real>;
}

template Solver<double> solver_for(SolverKind, Schedule);
template Solver<float> solver_for(SolverKind, Schedule);

}  // namespace partita
