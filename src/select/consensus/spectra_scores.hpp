#pragma once

#include "partita/data/tall_matrix.hpp"

#include <vector>

namespace partita {

/// Sums over the rows of X and of the usages A, n x k, whose rows were scaled to sum 1.
struct UsageSums {
  GramMatrix AtA;                 ///< AᵀA
  TallMatrix<double> XtA;         ///< XᵀA, m x k
  std::vector<double> A;          ///< 1ᵀA
  std::vector<double> mean;       ///< of each column of X
  std::vector<double> deviation;  ///< its standard deviation, over n
};

/// How a column of X goes with each component, whatever its units: the coefficients of least
/// squares, m x k, by which the usages give the columns of X, each less its mean and divided by its
/// deviation; 0 for a column that is constant. As the z-scores of spectra of cNMF, Kotliar et al.
/// 2019. Usages that depend on one another: those of least length.
[[nodiscard]] TallMatrix<double> spectra_scores(const UsageSums& sums);

}  // namespace partita
