#pragma once

#include "partita/base/index.hpp"
#include "partita/data/tall_matrix.hpp"

#include <span>
#include <vector>

#include "select/choice/rank_evidence.hpp"

namespace partita {

/// So many columns of X at most, evenly spread, are looked at for the consensus of columns.
inline constexpr Index kMostConsensusColumns = 2000;

/// Components of restarts that belong together, one of each restart in each cluster.
struct MatchedComponents {
  std::vector<Index> cluster;      ///< of each component, restart after restart
  std::vector<double> silhouette;  ///< cosine, of each component
  std::vector<double> of_cluster;  ///< mean of each cluster
};

/// Clusters of the components of at least two restarts and their silhouettes. A single cluster is
/// compared with what has nothing in common with it, at distance 1. Needs (R k)² numbers of memory,
/// and R k m for the components.
/// @param restarts  Sᵀ of each, m x k
/// @throws Error (internal) if there are fewer than two restarts or their shapes differ.
[[nodiscard]] MatchedComponents match_restarts(std::span<const TallMatrix<double>> restarts);

/// How far the restarts agree: silhouettes of their components, mean and least of the means of
/// clusters; cophenetic correlation and dispersion of the consensus of columns.
/// @throws Error (internal) as match_restarts does
[[nodiscard]] Stability stability_of(std::span<const TallMatrix<double>> restarts,
                                     Index most_columns = kMostConsensusColumns);

}  // namespace partita
