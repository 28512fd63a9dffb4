#pragma once

#include <cstddef>
#include <vector>

#include "data/factor_pair.hpp"
#include "factorize/solve/solver.hpp"

namespace partita {

/// The factors of several restarts side by side, k columns a restart, as a pass finds and leaves
/// them; my rows of each. Restarts are known by their position. Local.
template <class Real>
struct StackedFactors {
  /// Takes the matrices of the starts; they are left without.
  StackedFactors(std::vector<RestartStart<Real>>& starts, Index components);

  [[nodiscard]] std::size_t restarts() const { return step_of_A.size(); }
  [[nodiscard]] Index width() const { return k * static_cast<Index>(restarts()); }
  /// First column of a restart.
  [[nodiscard]] Index offset(std::size_t position) const {
    return static_cast<Index>(position) * k;
  }

  /// The kept pair.
  [[nodiscard]] FactorPair<Real> pair(std::size_t position) const;
  /// What the future of a restart depends on, as far as it is here.
  [[nodiscard]] PassesState<Real> saved(std::size_t position) const;
  /// The new pair of a pass, with its steps of A, becomes the kept one, or the pass is undone. The
  /// Sy that is done with stays in Sy_new.
  void settle(const std::vector<bool>& accepted, const std::vector<Real>& steps);
  /// Only these positions stay.
  void keep(const std::vector<bool>& kept);

  Index k;
  /// A_other is the A before the kept one until a pass writes the new one over it;
  /// Ay = A + step_of_A (A - A_other).
  TallMatrix<Real> A, A_other;
  std::vector<Real> step_of_A;
  TallMatrix<Real> S;       ///< the last plain S; that of the pass once it has updated S
  TallMatrix<Real> Sy;      ///< of the kept pair
  TallMatrix<Real> Sy_new;  ///< of the pass, while it is not settled
  TallMatrix<Real> Q;       ///< XᵀAy of the kept pair, until a pass has updated S by it
  std::vector<double> scales_of_A, scales_of_S;  ///< of every component, for the next pass

 private:
  void take_saved(std::size_t position, PassesState<Real>& saved);
  void settle_one(std::size_t position, bool accepted, Real step);
};

}  // namespace partita
