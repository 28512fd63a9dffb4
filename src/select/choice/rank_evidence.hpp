/// select/choice/: which k, from numbers that were measured elsewhere. Pure functions of values: no
/// MPI, no files, no matrices.
#pragma once

#include "partita/base/index.hpp"

#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace partita {

/// How far the components of several restarts with one k agree.
struct Stability {
  double silhouette_mean = 0;   ///< cosine silhouettes, mean over components
  double silhouette_least = 0;  ///< that of the worst component
  double cophenetic = 0;        ///< correlation of the consensus matrix with its dendrogram
  double dispersion = 0;  ///< 1: every pair of columns always or never together; 0: always in doubt
};

/// What was measured of one k.
struct RankEvidence {
  Index k = 1;
  std::vector<double> held_out;  ///< mean squared held-out error, one a mask or fold
  /// Relative error of the entries that were fitted, mean over masks; NaN where it is not known.
  double training_error = std::numeric_limits<double>::quiet_NaN();
  std::optional<Stability> stability;
};

/// Mean of the held-out errors; infinite where there are none or one is not finite.
[[nodiscard]] double held_out_mean(const RankEvidence& evidence);

/// Standard error of that mean, from the spread over masks; 0 for a single mask, infinite where the
/// mean is.
[[nodiscard]] double held_out_standard_error(const RankEvidence& evidence);

/// A held-out error for each of some k, ascending; infinite where a fit failed.
struct ErrorCurve {
  std::vector<Index> k;
  std::vector<double> error;
};

/// The means over masks. Where a k fits the data exactly (training error up to `exact_error`) what
/// more components change is rounding, so larger k count as equal to it.
[[nodiscard]] ErrorCurve mean_curve(std::span<const RankEvidence> evidence, double exact_error);

/// The errors of each mask alone, one curve a mask; none unless every k has as many masks as the
/// first.
[[nodiscard]] std::vector<ErrorCurve> mask_curves(std::span<const RankEvidence> evidence,
                                                  double exact_error);

}  // namespace partita
