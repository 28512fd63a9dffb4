#include "select/stability/silhouettes.hpp"

#include <algorithm>
#include <cmath>

namespace partita {

namespace {

std::size_t at(Index i) {
  return static_cast<std::size_t>(i);
}

/// Sums become means: of the own cluster without the point itself.
double silhouette(std::span<const double> sums, std::span<const double> sizes, std::size_t own,
                  double apart) {
  if (sizes[own] < 2) return 0;
  const double a = sums[own] / (sizes[own] - 1);
  bool has_other = false;
  double b = 0;
  for (std::size_t c = 0; c < sums.size(); ++c) {
    if (c == own || sizes[c] == 0) continue;
    const double mean = sums[c] / sizes[c];
    b = has_other ? std::min(b, mean) : mean;
    has_other = true;
  }
  if (!has_other) b = apart;
  const double larger = std::max(a, b);
  return larger > 0 ? (b - a) / larger : 0;
}

template <class Distance>
TallMatrix<double> distances_of(TallMatrix<double> cosines, Distance distance) {
  for (double& value : cosines.values()) value = distance(std::max(0.0, 1 - value));
  for (Index i = 0; i < cosines.rows(); ++i) cosines(i, i) = 0;
  return cosines;
}

}  // namespace

std::vector<double> silhouettes(const TallMatrix<double>& distances, std::span<const Index> cluster,
                                Index clusters, double apart) {
  std::vector<double> sizes(at(clusters));
  for (const Index c : cluster) ++sizes[at(c)];
  std::vector<double> result(cluster.size());
  std::vector<double> sums(at(clusters));
  for (std::size_t i = 0; i < cluster.size(); ++i) {
    std::ranges::fill(sums, 0.0);
    const double* row = distances.row(static_cast<Index>(i));
    for (std::size_t j = 0; j < cluster.size(); ++j) sums[at(cluster[j])] += row[j];
    result[i] = silhouette(sums, sizes, at(cluster[i]), apart);
  }
  return result;
}

std::vector<double> means_by_cluster(std::span<const double> values, std::span<const Index> cluster,
                                     Index clusters) {
  std::vector<double> means(at(clusters));
  std::vector<double> sizes(at(clusters));
  for (std::size_t i = 0; i < values.size(); ++i) {
    means[at(cluster[i])] += values[i];
    ++sizes[at(cluster[i])];
  }
  for (std::size_t c = 0; c < means.size(); ++c) {
    if (sizes[c] > 0) means[c] /= sizes[c];
  }
  return means;
}

TallMatrix<double> cosine_distances(TallMatrix<double> cosines) {
  return distances_of(std::move(cosines), [](double less) { return less; });
}

TallMatrix<double> euclidean_distances(TallMatrix<double> cosines) {
  return distances_of(std::move(cosines), [](double less) { return std::sqrt(2 * less); });
}

}  // namespace partita
