#pragma once

#include <optional>
#include <vector>

#include "data/blocks/packed_matrix.hpp"
#include "factorize/solve/solver.hpp"

namespace partita {

/// A restart's outcome that waits for the others.
template <class Real>
class KeptOutcome {
 public:
  explicit KeptOutcome(const RestartOutcome<Real>& outcome)
      : result(outcome.result), A_(outcome.factors.A), S_(outcome.factors.S) {}
  [[nodiscard]] FactorPair<Real> factors() const { return {A_.unpacked(), S_.unpacked()}; }

  RestartResult result;

 private:
  PackedMatrix<Real> A_;
  PackedMatrix<Real> S_;
};

/// What one group has brought home so far: how its restarts ended, the same on each of its
/// processes, and my rows of factors.
template <class Real>
struct GroupResult {
  std::vector<RestartResult> results;
  std::optional<KeptOutcome<Real>> best;
  /// All that ended, where their mean is wanted, in no order.
  std::vector<KeptOutcome<Real>> averaged = {};
};

}  // namespace partita
