#include "partita/factorize/options.hpp"

#include "partita/base/error.hpp"
#include "partita/base/threads.hpp"

#include <algorithm>
#include <string>

namespace partita {

namespace {

[[noreturn]] void refuse(const std::string& message) {
  throw Error(ErrorKind::usage, message);
}

void check_draws(const FactorizeOptions& options, Index rows, Index columns) {
  if (options.draws.empty()) return;
  if (options.schedule != Schedule::random) refuse("recorded draws need --schedule random");
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

}  // namespace

bool can_compress(const FactorizeOptions& options) {
  return options.solver == SolverKind::als && options.schedule == Schedule::sweep;
}

bool can_improve_starts(const FactorizeOptions& options) {
  return can_compress(options) && options.init == StartKind::random &&
         (options.nnls == NnlsKind::hals || options.nnls == NnlsKind::bpp);
}

void validate(const FactorizeOptions& options, Index rows, Index columns) {
  const Index most = std::min(rows, columns);
  if (options.components < 1 || options.components > most) {
    refuse("--components must be between 1 and min(rows, columns) = " + std::to_string(most) +
           " for this " + std::to_string(rows) + " x " + std::to_string(columns) + " matrix, not " +
           std::to_string(options.components));
  }
  if (options.restarts < 1) refuse("--restarts must be at least 1");
  if (options.threads < 1) refuse("--threads must be at least 1");
  if (options.threads > 1 && !has_threads()) {
    refuse("--threads: this build has none (OpenMP was not found); use a process a core instead");
  }
  if (options.samples < 1) refuse("--samples must be at least 1");
  if (options.inner < 1) refuse("--inner must be at least 1");
  if (options.stop.max_iterations < 0) refuse("--max-iterations must not be negative");
  if (!(options.stop.tolerance >= 0)) refuse("--tolerance must not be negative");
  if (!(options.relaxation >= 0)) refuse("--relaxation must be positive");
  if (options.race && options.schedule != Schedule::sweep) {
    refuse("--race needs --schedule sweep: iterations of the random schedule say too little");
  }
  if (options.sketch != 0 && !can_compress(options)) {
    refuse(
        "--sketch needs --solver als and --schedule sweep: nothing else works on products alone");
  }
  if (options.sketch < 0 || options.sketch > most) {
    refuse("a sketch of rank " + std::to_string(options.sketch) + " does not fit this matrix");
  }
  check_subsample(options, rows, columns);
  const Penalties& p = options.penalties;
  if (!(p.l1_A >= 0 && p.l1_S >= 0 && p.l2_A >= 0 && p.l2_S >= 0)) {
    refuse("penalties must not be negative");
  }
  check_draws(options, rows, columns);
}

}  // namespace partita
