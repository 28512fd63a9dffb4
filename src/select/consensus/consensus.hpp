#pragma once

#include "partita/base/index.hpp"
#include "partita/data/tall_matrix.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace partita {

/// The settings of cNMF (Kotliar et al. 2019), with its defaults.
struct ConsensusOptions {
  double density_threshold =
      0.5;  ///< mean distance to its neighbours from which a component is an outlier
  double neighbours_share = 0.3;  ///< neighbours, as a share of the restarts
  Index starts = 10;              ///< of k-means
  std::uint64_t seed = 0;
};

/// The cluster of a component that was left out.
inline constexpr Index kOutlier = -1;

/// What restarts agree on. Clusters are in the order of their sizes, the largest first.
struct Consensus {
  TallMatrix<double> S;             ///< m x k: medians of the clusters, each of sum 1 (or all zero)
  std::vector<Index> size;          ///< components in each cluster
  std::vector<double> silhouettes;  ///< mean of each cluster, by the distance of unit vectors
  double silhouette = 0;            ///< mean over all components that are in clusters
  std::vector<double>
      density;  ///< of each component, restart after restart: mean distance to its neighbours
  std::vector<Index> cluster;  ///< of each component; kOutlier if it was left out
};

/// The procedure of cNMF: components of all restarts at unit length; those whose mean distance to
/// the nearest 0.3 R others (rounded down, at least one) is not below the threshold are dropped;
/// the others are clustered by k-means; medians of the clusters, scaled to sum 1. Needs twice (R
/// k)² numbers of memory, and R k m for the components.
/// @param restarts  Sᵀ of each, m x k
/// @throws Error (bad_data) if fewer than k components are left; (internal) if there are fewer than
/// two restarts or
///         their shapes differ.
[[nodiscard]] Consensus consensus_of(std::span<const TallMatrix<double>> restarts,
                                     const ConsensusOptions& options);

/// The mean distance of each point to its nearest neighbours, at most all others.
[[nodiscard]] std::vector<double> local_densities(const TallMatrix<double>& distances,
                                                  Index neighbours);

}  // namespace partita
