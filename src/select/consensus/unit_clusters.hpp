/// select/consensus/: components that many restarts agree on. It knows no MPI and no files.
#pragma once

#include "partita/base/index.hpp"
#include "partita/data/tall_matrix.hpp"

#include <cstdint>
#include <vector>

namespace partita {

struct ClusterOptions {
  Index starts = 10;
  std::uint64_t seed = 0;
  int most_rounds = 300;
};

/// Clusters of points, and the sum of the squared distances to their means.
struct Clusters {
  std::vector<Index> cluster;  ///< of each point, 0 .. k - 1; none is empty
  double inertia = 0;
};

/// k-means of points given by their scalar products: the best of several starts by greedy k-means++
/// (Arthur & Vassilvitskii 2007, with 2 + ln k candidates a centre), each improved by Lloyd's
/// rounds until no point moves. Of equal ones the first. A round costs a row of products for each
/// point that moved.
/// @throws Error (internal) if there are fewer points than clusters.
[[nodiscard]] Clusters cluster_by_means(const TallMatrix<double>& products, Index k,
                                        const ClusterOptions& options);

}  // namespace partita
