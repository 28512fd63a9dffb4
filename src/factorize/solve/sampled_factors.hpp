#pragma once

#include <span>
#include <vector>

#include "factorize/solve/solver.hpp"

namespace partita {

/// Both factors and the error of one restart in the `random` schedule, where single rows change.
/// Every process keeps the rows of A and of Sᵀ that belong to its block (copies along its grid row
/// and column, changed alike), so that a drawn column or row meets the factor it needs at once.
/// The squared error is kept current by the residual of the changed line, before and after, and is
/// formed afresh now and then, before rounding can gather.
template <class Real>
class SampledFactors {
 public:
  /// Collective over X.grid().all().
  SampledFactors(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                 const FactorPair<Real>& start);

  [[nodiscard]] double squared_error() const { return static_cast<double>(squared_error_); }
  [[nodiscard]] double relative_error() const;
  /// What is minimised, on the scale of the relative error.
  [[nodiscard]] double objective() const;

  // A line of X that is drawn goes by the factor whose row it determines: a column of X (Side::S)
  // by S, a row (Side::A) by A.

  /// The factor that a line is fitted against (A for a column, Sᵀ for a row), my block's part.
  [[nodiscard]] const TallMatrix<Real>& fixed(Side side) const { return side == Side::S ? A_ : S_; }
  /// Gram matrix of that whole factor, current.
  [[nodiscard]] const GramMatrix& fixed_gram(Side side) const {
    return side == Side::S ? gram_A_ : gram_S_;
  }
  /// Global indices of fixed(side)'s rows.
  [[nodiscard]] Range fixed_range(Side side) const {
    return side == Side::S ? X_.block_rows() : X_.block_columns();
  }
  /// Whether a line crosses my block, and its values there.
  [[nodiscard]] bool crosses(Side side, Index index) const;
  [[nodiscard]] std::vector<Real> values(Side side, Index index) const;
  /// The factor row that a line determines, on every process. Collective.
  [[nodiscard]] std::vector<double> current(Side side, Index index) const;
  /// Sum over the line of x · fixed row: the right side of its least squares. Collective.
  [[nodiscard]] std::vector<double> right_side(Side side, Index index) const;
  /// Replaces the factor row of a line, the same values on every process; keeps Gram and error
  /// current. Collective.
  void replace(Side side, Index index, const std::vector<double>& before,
               const std::vector<double>& after);
  /// The error from an explicit residual, when it is due. Collective.
  void refresh_error_if_due();
  /// Every component gets the scale that costs the least penalty; A S stays. Collective.
  void scale_components();
  /// How often that was done: norms of rows that were taken before are out of date.
  [[nodiscard]] Index scalings() const { return scalings_; }

  /// My rows of both factors.
  [[nodiscard]] FactorPair<Real> owned() const;
  /// What the future depends on; and back, but for the factors, which are those of the start.
  [[nodiscard]] SampledState<Real> saved() const;
  void restore(const SampledState<Real>& saved);

 private:
  [[nodiscard]] TallMatrix<Real>& moving(Side side) { return side == Side::S ? S_ : A_; }
  [[nodiscard]] const TallMatrix<Real>& moving(Side side) const {
    return side == Side::S ? S_ : A_;
  }
  [[nodiscard]] Range moving_range(Side side) const {
    return side == Side::S ? X_.block_columns() : X_.block_rows();
  }
  /// Whether I speak for a line's factor row among the processes that hold copies of it.
  [[nodiscard]] bool speaks(Side side, Index index) const;
  void refresh_error();
  [[nodiscard]] FactorPenalty penalty(Side side) const {
    return side == Side::S ? penalties_.of_S() : penalties_.of_A();
  }

  const DistributedMatrix<Real>& X_;
  Index k_;
  Penalties penalties_;
  TallMatrix<Real> A_;  ///< my block's rows of A
  TallMatrix<Real> S_;  ///< my block's rows of Sᵀ
  GramMatrix gram_A_;
  GramMatrix gram_S_;
  long double squared_error_ = 0;  ///< many small changes are added up
  double refreshed_at_ = 0;
  Index changes_ = 0;
  double penalty_ = 0;  ///< of both factors
  Index scalings_ = 0;
};

}  // namespace partita
