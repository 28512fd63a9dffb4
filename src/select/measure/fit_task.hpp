/// select/measure/: fits that tell of a number of components, spread over groups of processes on
/// one copy of X.
#pragma once

#include "partita/base/index.hpp"

#include <array>
#include <cstddef>
#include <limits>
#include <string>

namespace partita {

enum class FitKind {
  holdout,            ///< fitted to X without the entries of a mask, judged by these
  bicrossvalidation,  ///< fitted to a quarter of X, judged by the opposite one
  recurrence,         ///< restarts on the whole of X, judged by how far they agree
};

/// One fit of the pool, which a group makes at a stretch.
struct FitTask {
  FitKind kind = FitKind::holdout;
  Index components = 1;
  Index part = 0;  ///< number of the mask or fold

  /// "holdout k=3 part=1"
  [[nodiscard]] std::string name() const;
  friend bool operator==(const FitTask&, const FitTask&) = default;
};

inline constexpr double kNotMeasured = std::numeric_limits<double>::quiet_NaN();

/// What a fit tells; NaN where its kind does not.
struct FitMeasures {
  double held_out = kNotMeasured;  ///< mean squared error of held-out entries, as X is held
  double training = kNotMeasured;  ///< relative error of those it was fitted to; best restart
  double silhouette_mean = kNotMeasured;
  double silhouette_least = kNotMeasured;
  double cophenetic = kNotMeasured;
  double dispersion = kNotMeasured;

  static constexpr std::size_t kNumbers = 6;
  [[nodiscard]] std::array<double, kNumbers> numbers() const {
    return {held_out, training, silhouette_mean, silhouette_least, cophenetic, dispersion};
  }
  [[nodiscard]] static FitMeasures of(const std::array<double, kNumbers>& n) {
    return {n[0], n[1], n[2], n[3], n[4], n[5]};
  }
};

}  // namespace partita
