#pragma once

#include <span>
#include <string>

#include "base/choices.hpp"
#include "factorize/ability.hpp"
#include "factorize/solve/solver.hpp"

namespace partita {

/// A row of the table of solvers: one way to factor X, a name in one schedule.
struct SolverRow {
  std::string name;  ///< as users write it
  SolverKind kind;
  Schedule schedule;
  std::string what;  ///< words for the help
  Abilities abilities;
  Solver<double> in_double;
  Solver<float> in_single;

  [[nodiscard]] bool can(Ability ability) const { return abilities.has(ability); }
  template <class Real>
  [[nodiscard]] Solver<Real> solver() const {
    if constexpr (sizeof(Real) == sizeof(double)) {
      return in_double;
    } else {
      return in_single;
    }
  }
};

/// The solvers there are, one a (kind, schedule).
[[nodiscard]] std::span<const SolverRow> solver_table();
/// Adds a solver of the caller's own, before the first run; not for use by several threads. Its
/// kind is a value of SolverKind that no other has, or one that exists in a schedule that it lacks.
void add_solver(SolverRow row);
/// @throws Error (usage) when there is no such combination, naming those that exist.
[[nodiscard]] const SolverRow& solver_row(SolverKind kind, Schedule schedule);
/// The names that users write, each once.
[[nodiscard]] Choices<SolverKind> solver_names();
/// Which solvers can do something, in the words of users: "--schedule sweep", "--solver als with
/// --schedule random".
[[nodiscard]] std::string solvers_that_can(Ability ability);

}  // namespace partita
