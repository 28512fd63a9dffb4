#pragma once

#include "partita/base/index.hpp"
#include "partita/data/tall_matrix.hpp"

#include <span>
#include <vector>

namespace partita {

/// The silhouette of each point, Rousseeuw 1987: (b - a) / max(a, b), a its mean distance to the
/// others of its cluster, b the smallest of its mean distances to the points of another; 0 for a
/// point alone in its cluster.
/// @param distances  N x N
/// @param apart      what stands for b where there is no other cluster: the distance of what has
/// nothing in common
[[nodiscard]] std::vector<double> silhouettes(const TallMatrix<double>& distances,
                                              std::span<const Index> cluster, Index clusters,
                                              double apart);

/// Means over the points of each cluster; 0 for an empty one.
[[nodiscard]] std::vector<double> means_by_cluster(std::span<const double> values,
                                                   std::span<const Index> cluster, Index clusters);

/// 1 - cosine, at least 0; 0 from a point to itself.
[[nodiscard]] TallMatrix<double> cosine_distances(TallMatrix<double> cosines);
/// Distances of unit vectors in space, √(2 - 2 cos); 0 from a point to itself.
[[nodiscard]] TallMatrix<double> euclidean_distances(TallMatrix<double> cosines);

}  // namespace partita
