#pragma once

#include "partita/base/index.hpp"
#include "partita/data/tall_matrix.hpp"

#include <span>
#include <vector>

namespace partita {

/// How the components of a replicate are put in the order and the scale of those of a fit.
struct Alignment {
  std::vector<Index> partner;  ///< for each component of the fit that of the replicate
  std::vector<double>
      scale;  ///< by which that row of S is multiplied, and that column of A divided
  std::vector<double> cosine;  ///< of the two
};

/// The pairing of largest sum of cosines of the rows of S; the scale gives both the same length, as
/// A and S could else differ by any factor. A component that is zero, of either, keeps its scale.
/// @param fit, replicate  Sᵀ, m x k
/// @throws Error (internal) if their shapes differ
[[nodiscard]] Alignment align_components(const TallMatrix<double>& fit,
                                         const TallMatrix<double>& replicate);

/// S (transposed), or some rows of it, so aligned.
[[nodiscard]] TallMatrix<double> aligned_S(const TallMatrix<double>& S, const Alignment& alignment);
/// A, or some rows of it, so aligned.
[[nodiscard]] TallMatrix<double> aligned_A(const TallMatrix<double>& A, const Alignment& alignment);

/// Mean over replicates of the cosine of each component with its partner: 1 if it comes back every
/// time.
/// @pre there is at least one
[[nodiscard]] std::vector<double> mean_cosines(std::span<const Alignment> replicates);

}  // namespace partita
