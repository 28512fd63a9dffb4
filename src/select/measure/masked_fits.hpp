#pragma once

#include <map>
#include <vector>

#include "factorize/matrix/hold_out.hpp"
#include "select/measure/fit_task.hpp"
#include "select/measure/group_fit.hpp"

namespace partita {

/// Fits to X without the entries of speckled masks, each of which is made when it is first needed
/// and kept. For dense X on a grid of one column.
template <class Real>
class MaskedFits {
 public:
  /// Borrows both.
  MaskedFits(const DistributedMatrix<Real>& X, const PoolOptions& options)
      : X_(X), options_(options) {}

  /// Collective over X.grid().all(). @throws Error (bad_data) when a mask holds out nothing,
  /// (interrupted).
  [[nodiscard]] FitMeasures measure(Index components, Index mask, const RunHooks& hooks);

 private:
  /// What is known of one mask. No prediction is above the largest entries that were seen of its
  /// row and column: where hardly any were, it might be anything.
  struct Mask {
    HeldOut<Real> held_out;
    std::vector<double> most_of_row;     ///< mine
    std::vector<double> most_of_column;  ///< all
    double count = 0;                    ///< entries held out, of all rows
  };

  const Mask& mask(Index number);
  [[nodiscard]] Mask make_mask(Index number) const;
  [[nodiscard]] double error_of(const Mask& mask, const Factors& factors) const;

  const DistributedMatrix<Real>& X_;
  const PoolOptions& options_;
  std::map<Index, Mask> masks_;
};

}  // namespace partita
