#pragma once

#include "partita/base/work_log.hpp"
#include "partita/factorize/distributed_matrix.hpp"
#include "partita/factorize/options.hpp"
#include "partita/factorize/solver.hpp"

#include <cstdint>

namespace partita {

/// Some lines of X, on which a random start is improved before it sees the whole: rows where X has
/// at least as many rows as columns, else columns. One line is drawn from each of as many equal
/// stretches of X, so which ones depends on X's shape and the seed alone. A few hundred lines a
/// component fix the short factor nearly as well as all of them (its excess error falls with their
/// number), at their share of the cost of a pass.
template <class Real>
class Subsample {
 public:
  /// Draws the lines and deals them evenly over X's grid. X is borrowed.
  /// Collective over X.grid().all().
  Subsample(const DistributedMatrix<Real>& X, Index lines, std::uint64_t seed);

  /// The lines, in their order in X.
  [[nodiscard]] const DistributedMatrix<Real>& matrix() const { return sample_; }

  /// A start for all of X: the uniform start of the restart, fitted to the sample; then the other
  /// factor, of all lines, from the least-squares problems that the fitted one leaves. The work is
  /// booked in `work`. Collective over X.grid().all().
  [[nodiscard]] FactorPair<Real> start(const FactorizeOptions& options, Index restart,
                                       WorkLog& work) const;

 private:
  [[nodiscard]] FactorPair<Real> fit(const FactorizeOptions& options, Index restart,
                                     WorkLog& work) const;
  [[nodiscard]] FactorPair<Real> extend(FactorPair<Real> fitted, const FactorizeOptions& options,
                                        WorkLog& work) const;

  const DistributedMatrix<Real>& X_;
  bool of_rows_;
  DistributedMatrix<Real> sample_;
};

}  // namespace partita
