#pragma once

#include <array>
#include <optional>

#include "factorize/matrix/chosen_lines.hpp"
#include "select/measure/fit_task.hpp"
#include "select/measure/group_fit.hpp"

namespace partita {

/// Each quarter is judged once.
inline constexpr Index kFoldsOfQuarters = 4;

/// Fits to quarters of X, half of its rows by half of its columns, each judged by how well the
/// opposite quarter follows from it and the other two: bi-cross-validation. Dense and sparse X, any
/// grid. The quarters are a copy of X, made when they are first needed.
/// Owen & Perry, Annals of Applied Statistics 3 (2009).
template <class Real>
class QuarterFits {
 public:
  /// Borrows both.
  QuarterFits(const DistributedMatrix<Real>& X, const PoolOptions& options)
      : X_(X), options_(options) {}

  /// @param fold  0 ... 3. Collective over X.grid().all(). @throws Error (interrupted).
  [[nodiscard]] FitMeasures measure(Index components, Index fold, const RunHooks& hooks);

 private:
  void cut();
  [[nodiscard]] const DistributedMatrix<Real>& quarter(Index row_half, Index column_half) const {
    return *quarters_[static_cast<std::size_t>(2 * row_half + column_half)];
  }

  const DistributedMatrix<Real>& X_;
  const PoolOptions& options_;
  std::array<std::optional<DistributedMatrix<Real>>, 4> quarters_;
};

}  // namespace partita
