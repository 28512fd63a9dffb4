#include "factorize/solve/solver_table.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "factorize/option_names.hpp"

namespace partita {

namespace {

constexpr std::array kBothSchedules = {Schedule::sweep, Schedule::random};

std::vector<SolverRow>& table() {
  using enum Ability;
  static std::vector<SolverRow> rows = {
      {"als",
       SolverKind::als,
       Schedule::sweep,
       "alternating least squares",
       {batches, threads, race, sketch, improved_starts, choice_of_nnls, weighted_entries,
        entry_rules, biases, penalties, fixed_components, no_constraint},
       &solve_by_sweeps<double>,
       &solve_by_sweeps<float>},
      {"als",
       SolverKind::als,
       Schedule::random,
       "alternating least squares",
       {choice_of_nnls, penalties, no_constraint, drawn_lines, recorded_draws},
       &solve_by_sampled_als<double>,
       &solve_by_sampled_als<float>},
      {"kaczmarz",
       SolverKind::kaczmarz,
       Schedule::sweep,
       "randomized Kaczmarz",
       {threads, race, weighted_entries, biases, penalties, no_constraint},
       &solve_by_block_kaczmarz<double>,
       &solve_by_block_kaczmarz<float>},
      {"kaczmarz",
       SolverKind::kaczmarz,
       Schedule::random,
       "randomized Kaczmarz",
       {penalties, no_constraint, drawn_lines, recorded_draws, kaczmarz_steps},
       &solve_by_sampled_kaczmarz<double>,
       &solve_by_sampled_kaczmarz<float>},
      {"mu",
       SolverKind::mu,
       Schedule::sweep,
       "multiplicative updates",
       {batches, threads, race, weighted_entries, entry_rules, penalties, fixed_components},
       &solve_by_multiplicative_sweeps<double>,
       &solve_by_multiplicative_sweeps<float>},
  };
  return rows;
}

const SolverRow* find(SolverKind kind, Schedule schedule) {
  const auto found = std::ranges::find_if(
      table(), [&](const SolverRow& row) { return row.kind == kind && row.schedule == schedule; });
  return found == table().end() ? nullptr : &*found;
}

std::string option(Schedule schedule) {
  return "--schedule " + name_in(kSchedules, schedule);
}

/// Whether all solvers of the table that `which` picks can do something.
bool all_can(Ability ability, const std::function<bool(const SolverRow&)>& which) {
  return std::ranges::all_of(table(),
                             [&](const SolverRow& row) { return !which(row) || row.can(ability); });
}

}  // namespace

std::span<const SolverRow> solver_table() {
  return table();
}

void add_solver(SolverRow row) {
  if (find(row.kind, row.schedule) != nullptr) {
    throw Error(ErrorKind::usage, "there is a solver of this kind and schedule already");
  }
  table().push_back(std::move(row));
}

const SolverRow& solver_row(SolverKind kind, Schedule schedule) {
  if (const SolverRow* row = find(kind, schedule)) return *row;
  for (const Schedule other : kBothSchedules) {
    const SolverRow* row = find(kind, other);
    if (row == nullptr) continue;
    throw Error(ErrorKind::usage, "--solver " + row->name + " has no " + option(schedule) +
                                      ", only " + option(other));
  }
  throw Error(ErrorKind::usage, "there is no such solver");
}

Choices<SolverKind> solver_names() {
  Choices<SolverKind> names;
  for (const SolverRow& row : table()) {
    const bool known =
        std::ranges::any_of(names, [&](const auto& name) { return name.second == row.kind; });
    if (!known) names.emplace_back(row.name, row.kind);
  }
  return names;
}

std::string solvers_that_can(Ability ability) {
  std::vector<std::string> phrases;
  const auto add = [&](const std::string& phrase) {
    if (std::ranges::find(phrases, phrase) == phrases.end()) phrases.push_back(phrase);
  };
  for (const SolverRow& row : table()) {
    if (!row.can(ability)) continue;
    if (all_can(ability, [&](const SolverRow& r) { return r.schedule == row.schedule; })) {
      add(option(row.schedule));
    } else if (all_can(ability, [&](const SolverRow& r) { return r.kind == row.kind; })) {
      add("--solver " + row.name);
    } else {
      add("--solver " + row.name + " with " + option(row.schedule));
    }
  }
  std::string text;
  for (const std::string& phrase : phrases) text += (text.empty() ? "" : " or ") + phrase;
  return text;
}

}  // namespace partita
