#pragma once

#include "partita/base/work_log.hpp"
#include "partita/factorize/options.hpp"

#include <cstdint>
#include <optional>

#include "factorize/matrix/chosen_lines.hpp"
#include "factorize/matrix/distributed_matrix.hpp"
#include "factorize/solve/solver.hpp"

namespace partita {

/// A part of X on which a random start is improved before it sees the whole. Its lines are rows
/// where X has at least as many rows as columns, else columns. A few hundred lines a component fix
/// the short factor nearly as well as all of them (its excess error falls with their number), at
/// their share of the cost of a pass.
///
/// Of dense X one line is drawn from each of as many equal stretches. Of sparse X lines, and those
/// across, are drawn by their squared norms: few of them hold most of what there is to explain, and
/// the rest find their place in the first pass over X. Which ones depends on X and the seed alone
/// (but for rounding that meets a draw).
template <class Real>
class Subsample {
 public:
  /// X is borrowed. @param size  fits X; see FactorizeOptions.
  Subsample(const DistributedMatrix<Real>& X, SubsampleSize size, std::uint64_t seed)
      : X_(X), size_(size), seed_(seed), side_(subsampled_side(X.rows(), X.columns())) {}

  /// The part, its lines in their order in X, dealt evenly over X's grid. It is drawn when it is
  /// first asked for. Collective over X.grid().all().
  [[nodiscard]] const DistributedMatrix<Real>& matrix();

  /// A start for all of X: the uniform start of the restart, fitted to the part. Where the part has
  /// whole lines, the factor of all lines follows from the least-squares problems that the other
  /// one leaves; else both are zero where the part has nothing. The work is booked in `work`.
  /// Collective over X.grid().all().
  [[nodiscard]] FactorPair<Real> start(const FactorizeOptions& options, Index restart,
                                       WorkLog& work);

 private:
  struct Part {
    ChosenLines rows;
    ChosenLines columns;
    DistributedMatrix<Real> matrix;
  };

  const Part& part();
  [[nodiscard]] ChosenLines choose(Side side) const;
  [[nodiscard]] FactorPair<Real> fit(const FactorizeOptions& options, Index restart, WorkLog& work);
  [[nodiscard]] TallMatrix<Real> spread(const TallMatrix<Real>& fitted, Side side);
  [[nodiscard]] TallMatrix<Real> solve_for_lines(const TallMatrix<Real>& known,
                                                 const FactorizeOptions& options,
                                                 WorkLog& work) const;

  const DistributedMatrix<Real>& X_;
  SubsampleSize size_;
  std::uint64_t seed_;
  Side side_;  ///< whose lines are few
  std::optional<Part> part_;
};

}  // namespace partita
