#pragma once

#include "partita/base/index.hpp"
#include "partita/data/tall_matrix.hpp"

#include <span>
#include <vector>

namespace partita {

/// The largest component of each of the given rows of Sᵀ, in the scale in which they are given; the
/// first of equal ones.
[[nodiscard]] std::vector<Index> largest_components(const TallMatrix<double>& S,
                                                    std::span<const Index> columns);

/// At most `most` of m columns, evenly spread: all of them if there are no more.
[[nodiscard]] std::vector<Index> spread_columns(Index m, Index most);

/// For every two of these columns of X the share of restarts in which both have the same largest
/// component. Brunet, Tamayo, Golub & Mesirov 2004.
/// @param restarts  Sᵀ of each, m x k
[[nodiscard]] TallMatrix<double> consensus_matrix(std::span<const TallMatrix<double>> restarts,
                                                  std::span<const Index> columns);

/// The correlation of the distances 1 - C with those in their dendrogram of average linkage: the
/// height at which two columns come together. 1 where the dendrogram says all, as for distances
/// that are all equal. O(m²): nearest-neighbour chains, Murtagh 1983.
[[nodiscard]] double cophenetic_correlation(TallMatrix<double> consensus);

/// Mean of 4 (C - 1/2)²: 1 if all pairs of columns are always or never together. Kim & Park 2007.
[[nodiscard]] double dispersion(const TallMatrix<double>& consensus);

}  // namespace partita
