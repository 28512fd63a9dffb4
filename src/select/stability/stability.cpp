#include "select/stability/stability.hpp"

#include <algorithm>
#include <numeric>

#include "select/stability/column_consensus.hpp"
#include "select/stability/component_matching.hpp"
#include "select/stability/silhouettes.hpp"

namespace partita {

MatchedComponents match_restarts(std::span<const TallMatrix<double>> restarts) {
  check_comparable(restarts);
  const Index k = restarts.front().width();
  TallMatrix<double> cosines = row_products(unit_components(restarts));
  MatchedComponents matched;
  matched.cluster = matched_clusters(cosines, k);
  matched.silhouette = silhouettes(cosine_distances(std::move(cosines)), matched.cluster, k, 1.0);
  matched.of_cluster = means_by_cluster(matched.silhouette, matched.cluster, k);
  return matched;
}

Stability stability_of(std::span<const TallMatrix<double>> restarts, Index most_columns) {
  const std::vector<double> of_cluster = match_restarts(restarts).of_cluster;
  const auto count = static_cast<double>(of_cluster.size());
  Stability stability;
  stability.silhouette_mean = std::accumulate(of_cluster.begin(), of_cluster.end(), 0.0) / count;
  stability.silhouette_least = *std::ranges::min_element(of_cluster);
  TallMatrix<double> consensus =
      consensus_matrix(restarts, spread_columns(restarts.front().rows(), most_columns));
  stability.dispersion = dispersion(consensus);
  stability.cophenetic = cophenetic_correlation(std::move(consensus));
  return stability;
}

}  // namespace partita
