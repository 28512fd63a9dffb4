#include "select/consensus/consensus.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <numeric>
#include <string>

#include "select/choice/sentence_numbers.hpp"
#include "select/consensus/unit_clusters.hpp"
#include "select/stability/component_matching.hpp"
#include "select/stability/silhouettes.hpp"

namespace partita {

namespace {

std::size_t at(Index i) {
  return static_cast<std::size_t>(i);
}

/// Farther apart than this no two unit vectors of numbers >= 0 are: √2.
constexpr double kFarthest = 1.4142135623730951;

std::vector<Index> below(const std::vector<double>& density, double threshold) {
  std::vector<Index> kept;
  for (std::size_t i = 0; i < density.size(); ++i) {
    if (density[i] < threshold) kept.push_back(static_cast<Index>(i));
  }
  return kept;
}

[[noreturn]] void throw_too_few(Index k, Index kept, const std::vector<double>& density,
                                double threshold) {
  std::vector<double> sorted(density);
  std::ranges::sort(sorted);
  throw Error(ErrorKind::bad_data,
              "consensus of k = " + std::to_string(k) + ": only " + std::to_string(kept) + " of " +
                  std::to_string(density.size()) +
                  " components lie nearer to their neighbours than the density threshold of " +
                  short_number(threshold) + ", fewer than k; half of them lie within " +
                  short_number(sorted[sorted.size() / 2]) +
                  ": the restarts agree on too little, take a smaller k or a larger threshold");
}

/// The products of some of the points with one another.
TallMatrix<double> part_of(const TallMatrix<double>& products, const std::vector<Index>& kept) {
  TallMatrix<double> part(static_cast<Index>(kept.size()), static_cast<Index>(kept.size()));
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const double* row = products.row(kept[i]);
    double* out = part.row(static_cast<Index>(i));
    for (std::size_t j = 0; j < kept.size(); ++j) out[j] = row[kept[j]];
  }
  return part;
}

/// Numbers the clusters by size, the largest first; of equal ones that of the first point.
void order_by_size(std::vector<Index>& cluster, Index k) {
  std::vector<Index> size(at(k));
  std::vector<Index> first(at(k), static_cast<Index>(cluster.size()));
  for (std::size_t i = cluster.size(); i-- > 0;) {
    ++size[at(cluster[i])];
    first[at(cluster[i])] = static_cast<Index>(i);
  }
  std::vector<Index> order(at(k));
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, [&](Index one, Index other) {
    return size[at(one)] != size[at(other)] ? size[at(one)] > size[at(other)]
                                            : first[at(one)] < first[at(other)];
  });
  std::vector<Index> number(at(k));
  for (std::size_t place = 0; place < order.size(); ++place) {
    number[at(order[place])] = static_cast<Index>(place);
  }
  for (Index& c : cluster) c = number[at(c)];
}

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

/// The median of each column over the points of cluster c, scaled to sum 1.
void set_medians(TallMatrix<double>& S, Index c, const TallMatrix<double>& unit,
                 const std::vector<Index>& cluster) {
  std::vector<const double*> members;
  for (std::size_t i = 0; i < cluster.size(); ++i) {
    if (cluster[i] == c) members.push_back(unit.row(static_cast<Index>(i)));
  }
  std::vector<double> values(members.size());
  double sum = 0;
  for (Index j = 0; j < S.rows(); ++j) {
    for (std::size_t i = 0; i < members.size(); ++i) values[i] = members[i][j];
    S(j, c) = median(values);
    sum += S(j, c);
  }
  if (!(sum > 0)) return;  // nothing that half of its components have
  for (Index j = 0; j < S.rows(); ++j) S(j, c) /= sum;
}

}  // namespace

std::vector<double> local_densities(const TallMatrix<double>& distances, Index neighbours) {
  const Index count = std::min(neighbours, distances.rows() - 1);
  std::vector<double> density(at(distances.rows()));
  std::vector<double> others;
  for (Index i = 0; count > 0 && i < distances.rows(); ++i) {
    others.clear();
    for (Index j = 0; j < distances.rows(); ++j) {
      if (j != i) others.push_back(distances(i, j));
    }
    const auto end = others.begin() + count;
    std::nth_element(others.begin(), end - 1, others.end());
    std::sort(others.begin(), end);  // for a sum that does not depend on the order of the points
    density[at(i)] = std::accumulate(others.begin(), end, 0.0) / static_cast<double>(count);
  }
  return density;
}

Consensus consensus_of(std::span<const TallMatrix<double>> restarts,
                       const ConsensusOptions& options) {
  check_comparable(restarts);
  const Index k = restarts.front().width();
  const auto neighbours =
      static_cast<Index>(options.neighbours_share * static_cast<double>(restarts.size()));
  const TallMatrix<double> unit = unit_components(restarts);
  TallMatrix<double> products = row_products(unit);
  Consensus consensus;
  consensus.density =
      local_densities(euclidean_distances(products), std::max<Index>(1, neighbours));
  const std::vector<Index> kept = below(consensus.density, options.density_threshold);
  const auto count = static_cast<Index>(kept.size());
  if (count < k) throw_too_few(k, count, consensus.density, options.density_threshold);
  products = part_of(products, kept);

  std::vector<Index> cluster =
      cluster_by_means(products, k, {.starts = options.starts, .seed = options.seed}).cluster;
  order_by_size(cluster, k);
  const std::vector<double> of_points =
      silhouettes(euclidean_distances(std::move(products)), cluster, k, kFarthest);
  consensus.silhouettes = means_by_cluster(of_points, cluster, k);
  consensus.silhouette =
      std::accumulate(of_points.begin(), of_points.end(), 0.0) / static_cast<double>(count);

  consensus.cluster.assign(consensus.density.size(), kOutlier);
  consensus.size.assign(at(k), 0);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    consensus.cluster[at(kept[i])] = cluster[i];
    ++consensus.size[at(cluster[i])];
  }
  consensus.S = TallMatrix<double>(unit.width(), k);
  for (Index c = 0; c < k; ++c) set_medians(consensus.S, c, unit, consensus.cluster);
  return consensus;
}

}  // namespace partita
