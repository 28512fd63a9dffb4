#pragma once

#include "partita/factorize/options.hpp"

#include <memory>
#include <span>
#include <string>

#include "base/choices.hpp"
#include "factorize/solve/extrapolation.hpp"
#include "update/row_rule.hpp"

namespace partita {

/// Makes the rule for one factor. @param sweeps  at most so many a row, where the rule sweeps.
template <class Real>
using RuleMaker = std::unique_ptr<RowRule<Real>> (*)(int sweeps, FactorPenalty penalty);

/// A row of the table of rules by which als solves its least squares.
struct NnlsRow {
  std::string name;  ///< as users write it
  NnlsKind kind;
  std::string what;  ///< words for the help
  ExtrapolationRates extrapolation;
  bool nonnegative;      ///< whether its factors are; else it goes with no constraint
  bool improves_starts;  ///< whether starts improved by it on a part of X are better starts
  RuleMaker<double> in_double;
  RuleMaker<float> in_single;

  template <class Real>
  [[nodiscard]] std::unique_ptr<RowRule<Real>> make(int sweeps, FactorPenalty penalty) const {
    if constexpr (sizeof(Real) == sizeof(double)) {
      return in_double(sweeps, penalty);
    } else {
      return in_single(sweeps, penalty);
    }
  }
};

[[nodiscard]] std::span<const NnlsRow> nnls_table();
/// @throws Error (usage) when there is no such rule.
[[nodiscard]] const NnlsRow& nnls_row(NnlsKind kind);
/// The names that users write.
[[nodiscard]] Choices<NnlsKind> nnls_names();

}  // namespace partita
