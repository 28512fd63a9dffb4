#include "partita/factorize/options.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/threads.hpp"
#include "factorize/settings.hpp"
#include "factorize/solve/nnls_table.hpp"
#include "factorize/solve/solver_table.hpp"

namespace partita {

namespace {

/// Numbers of a line's steps stay within those of random numbers.
constexpr Index kMostDraws = 1'000'000;
constexpr Index kMostInnerSteps = 1'000'000'000;

[[noreturn]] void refuse(const std::string& message) {
  throw Error(ErrorKind::usage, message);
}

void check_draw_counts(const FactorizeOptions& options, Index rows, Index columns) {
  const Index longest = std::max({rows, columns, kMostDraws});
  if (options.schedule == Schedule::random && options.samples > longest) {
    refuse("--samples " + std::to_string(options.samples) + " is more than " +
           std::to_string(longest) + " drawn rows and columns");
  }
  if (options.inner > kMostInnerSteps) {
    refuse("--inner " + std::to_string(options.inner) + " is more than " +
           std::to_string(kMostInnerSteps) + " steps for one row");
  }
}

void check_draws(const FactorizeOptions& options, Index rows, Index columns) {
  if (options.draws.empty()) return;
  for (const RecordedDraw& draw : options.draws) {
    const auto outside = [](Index i, Index extent) { return i < 0 || i >= extent; };
    const bool bad =
        outside(draw.column, columns) || outside(draw.row, rows) ||
        std::ranges::any_of(draw.inner_rows, [&](Index r) { return outside(r, rows); }) ||
        std::ranges::any_of(draw.inner_columns, [&](Index c) { return outside(c, columns); });
    if (bad) {
      throw Error(ErrorKind::bad_data, "a recorded draw (column " + std::to_string(draw.column) +
                                           ", row " + std::to_string(draw.row) +
                                           ") lies outside the " + std::to_string(rows) + " x " +
                                           std::to_string(columns) + " matrix");
    }
  }
}

void check_subsample(const FactorizeOptions& options, Index rows, Index columns) {
  if (options.subsample == SubsampleSize{}) return;
  const auto [lines, across] = options.subsample;
  if (!can_improve_starts(options)) {
    refuse(
        "starts on a part of X need --init random and non-negative als by sweeps of hals or bpp");
  }
  const auto fits = [&](Index count, Index extent) {
    return count >= options.components && count <= extent;
  };
  if (!fits(lines, std::max(rows, columns)) ||
      (across != 0 && !fits(across, std::min(rows, columns)))) {
    refuse("starts on " + std::to_string(lines) + " x " + std::to_string(across) +
           " lines do not fit this matrix");
  }
}

void check_fixed(const FactorizeOptions& options) {
  const FixedCounts& fixed = options.fixed;
  if (!fixed.any()) return;
  const auto number = [](Index value) { return std::to_string(value); };
  if (fixed.A > 0 && fixed.S > 0 && fixed.A != fixed.S) {
    refuse("--fix-A has " + number(fixed.A) + " components and --fix-S " + number(fixed.S) +
           ": where both are given they are the same components");
  }
  if (fixed.components() > options.components) {
    refuse(number(fixed.components()) + " fixed components are more than -k " +
           number(options.components) + ", which counts them and the free ones");
  }
  if (fixed.A > 0 && fixed.S == options.components) {
    refuse(
        "all components are fixed in A and in S: there is nothing to fit (evaluate tells the "
        "error of given factors)");
  }
  if (options.bias || options.center || options.average) {
    refuse(std::string(options.bias     ? "--bias"
                       : options.center ? "--center"
                                        : "--average") +
           " does not go with fixed components (--fix-A, --fix-S)");
  }
  if (options.init == StartKind::nndsvd) {
    refuse("--init nndsvd knows nothing of fixed components: take --init random or columns");
  }
}

void check_entry_rule(const FactorizeOptions& options) {
  if (options.entry_rule == EntryRuleKind::automatic) return;
  if (counts_all_alike(options)) {
    refuse(
        "--entry-rule has no effect where all entries count alike: it goes with --unstored, "
        "--nan missing or --weights");
  }
  const bool by_hals = options.solver == SolverKind::als && options.nnls == NnlsKind::hals;
  if (options.entry_rule == EntryRuleKind::residuals && options.fixed.any()) {
    refuse("--entry-rule residuals does not go with fixed components: take gram, or leave it open");
  }
  if (options.entry_rule == EntryRuleKind::residuals && !by_hals) {
    refuse("--entry-rule residuals is for --solver als with --nnls hals");
  }
}

void check_average(const FactorizeOptions& options) {
  if (options.average && options.race) {
    refuse("--average needs all restarts, and --race drops most of them");
  }
}

void check_biases(const FactorizeOptions& options) {
  if (options.bias && options.unstored != 0) {
    refuse("--bias goes with --unstored missing or --nan missing: a mean is of what is known");
  }
  if (options.center && counts_all_alike(options)) {
    refuse("--center goes with --unstored, --nan missing or --weights: it counts known entries");
  }
  if (options.bias_damping != FactorizeOptions{}.bias_damping && !options.bias) {
    refuse("--bias-damping goes with --bias");
  }
  if (options.center_at != 0 && !options.center) refuse("--center-at goes with --center");
}

}  // namespace

bool is_unconstrained(const FactorizeOptions& options) {
  const bool by_rule = options.solver == SolverKind::als && options.nnls == NnlsKind::none;
  return options.constraint == Constraint::none || by_rule;
}

bool can_compress(const FactorizeOptions& options) {
  return counts_all_alike(options) &&
         solver_row(options.solver, options.schedule).can(Ability::sketch);
}

bool can_improve_starts(const FactorizeOptions& options) {
  return counts_all_alike(options) && !options.fixed.any() &&
         solver_row(options.solver, options.schedule).can(Ability::improved_starts) &&
         options.init == StartKind::random && nnls_row(options.nnls).improves_starts;
}

void validate(const FactorizeOptions& options, Index rows, Index columns) {
  const Index most = std::min(rows, columns);
  const bool known = options.fixed.any();
  if (known && options.components - options.fixed.components() > most) {
    refuse(
        "--components: the free ones must be at most min(rows, columns) = " + std::to_string(most) +
        " for this " + std::to_string(rows) + " x " + std::to_string(columns) + " matrix, not " +
        std::to_string(options.components - options.fixed.components()));
  }
  if (options.components < 1 || (!known && options.components > most)) {
    refuse("--components must be between 1 and min(rows, columns) = " + std::to_string(most) +
           " for this " + std::to_string(rows) + " x " + std::to_string(columns) + " matrix, not " +
           std::to_string(options.components));
  }
  check_settings(options);
  check_fixed(options);
  if (options.threads > 1 && !has_threads()) {
    refuse("--threads: this build has none (OpenMP was not found); use a process a core instead");
  }
  if (options.sketch != 0) {
    require_ability(options, Ability::sketch, "--sketch", "nothing else works on products alone");
  }
  if (options.sketch != 0 && !counts_all_alike(options)) {
    refuse("--sketch does not go with missing or weighted entries: products say all of X there");
  }
  check_entry_rule(options);
  check_biases(options);
  check_average(options);
  if (options.unstored > 0 && options.unstored < 1) {
    require_ability(options, Ability::entry_rules, "--unstored between 0 and 1",
                    "others know equations of what is stored alone");
  }
  if (options.sketch > most) {
    refuse("a sketch of rank " + std::to_string(options.sketch) + " does not fit this matrix");
  }
  check_subsample(options, rows, columns);
  check_draw_counts(options, rows, columns);
  const Penalties& p = options.penalties;
  if (is_unconstrained(options) && (p.l1_A > 0 || p.l1_S > 0)) {
    refuse(
        "--l1-A and --l1-S need non-negative factors: without the constraint a sum of entries has "
        "no minimum; take --l2-A and --l2-S, or drop --constraint none");
  }
  check_draws(options, rows, columns);
}

}  // namespace partita
