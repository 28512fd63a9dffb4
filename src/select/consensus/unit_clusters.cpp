#include "select/consensus/unit_clusters.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/random.hpp"

namespace partita {

namespace {

constexpr Index kNone = -1;

std::size_t at(Index i) {
  return static_cast<std::size_t>(i);
}

/// Squared distance of two points.
double between(const TallMatrix<double>& products, Index i, Index j) {
  return std::max(0.0, products(i, i) - 2 * products(i, j) + products(j, j));
}

/// The first point at which the weights up to it exceed a share of all; any if all are 0.
Index drawn(const std::vector<double>& weights, double share) {
  const double whole = std::accumulate(weights.begin(), weights.end(), 0.0);
  if (!(whole > 0)) return static_cast<Index>(share * static_cast<double>(weights.size()));
  double sum = 0;
  Index last = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    sum += weights[i];
    if (weights[i] > 0) last = static_cast<Index>(i);
    if (sum > share * whole) break;
  }
  return last;
}

/// Centres among the points: each is the best of some that are drawn by their squared distance to
/// those before it.
std::vector<Index> start_centres(const TallMatrix<double>& products, Index k,
                                 const RandomField& random) {
  const Index points = products.rows();
  const auto candidates = static_cast<Index>(2 + std::log(static_cast<double>(k)));
  std::vector<Index> centres{random.index(0, 0, points)};
  std::vector<double> nearest(at(points));
  for (Index i = 0; i < points; ++i) nearest[at(i)] = between(products, i, centres[0]);
  while (static_cast<Index>(centres.size()) < k) {
    std::vector<double> best;
    double least = std::numeric_limits<double>::infinity();
    Index chosen = kNone;
    for (Index candidate = 0; candidate < candidates; ++candidate) {
      const auto step = static_cast<Index>(centres.size());
      const Index point = drawn(nearest, random.uniform(step, candidate));
      std::vector<double> with_it(nearest);
      for (Index i = 0; i < points; ++i) {
        with_it[at(i)] = std::min(with_it[at(i)], between(products, i, point));
      }
      const double sum = std::accumulate(with_it.begin(), with_it.end(), 0.0);
      if (sum < least) {
        least = sum;
        best = std::move(with_it);
        chosen = point;
      }
    }
    centres.push_back(chosen);
    nearest = std::move(best);
  }
  return centres;
}

/// Lloyd's rounds. A mean is known by the products of all points with the sum of its cluster.
class Means {
 public:
  Means(const TallMatrix<double>& products, Index k)
      : products_(products),
        sums_(k, products.rows()),
        sizes_(at(k)),
        squares_(at(k)),
        cluster_(at(products.rows()), kNone) {}

  Clusters improve(const std::vector<Index>& centres, int most_rounds) {
    for (Index i = 0; i < points(); ++i) {
      const auto nearer = [&](Index one, Index other) {
        return between(products_, i, one) < between(products_, i, other);
      };
      move(i, std::ranges::min_element(centres, nearer) - centres.begin());
    }
    for (int round = 0; round < most_rounds; ++round) {
      fill_empty();
      if (!round_moves()) break;
    }
    fill_empty();
    count_squares();
    double inertia = 0;
    for (Index i = 0; i < points(); ++i) inertia += distance(i, cluster_[at(i)]);
    return {cluster_, inertia};
  }

 private:
  [[nodiscard]] Index points() const { return products_.rows(); }

  void move(Index point, Index to) {
    const Index from = cluster_[at(point)];
    const double* row = products_.row(point);
    if (from != kNone) {
      for (Index i = 0; i < points(); ++i) sums_(from, i) -= row[i];
      --sizes_[at(from)];
    }
    for (Index i = 0; i < points(); ++i) sums_(to, i) += row[i];
    ++sizes_[at(to)];
    cluster_[at(point)] = to;
  }

  /// Squared lengths of the sums of the clusters.
  void count_squares() {
    std::ranges::fill(squares_, 0.0);
    for (Index i = 0; i < points(); ++i) squares_[at(cluster_[at(i)])] += sums_(cluster_[at(i)], i);
  }

  /// Squared distance of a point to the mean of a cluster that is not empty.
  [[nodiscard]] double distance(Index point, Index c) const {
    const double size = sizes_[at(c)];
    const double squared =
        products_(point, point) - 2 * sums_(c, point) / size + squares_[at(c)] / size / size;
    return std::max(0.0, squared);
  }

  /// Whether any point went to a nearer mean.
  bool round_moves() {
    count_squares();
    std::vector<Index> next(cluster_);
    for (Index i = 0; i < points(); ++i) {
      double least = distance(i, cluster_[at(i)]);
      for (Index c = 0; c < sums_.rows(); ++c) {
        // By more than rounding, so that equal distances do not send a point to and fro.
        const double here = distance(i, c);
        if (here < least - kRounding * products_(i, i)) {
          least = here;
          next[at(i)] = c;
        }
      }
    }
    bool moved = false;
    for (Index i = 0; i < points(); ++i) {
      if (next[at(i)] == cluster_[at(i)]) continue;
      move(i, next[at(i)]);
      moved = true;
    }
    return moved;
  }

  /// An empty cluster takes the point that is farthest from its own mean.
  void fill_empty() {
    for (Index c = 0; c < sums_.rows(); ++c) {
      if (sizes_[at(c)] > 0) continue;
      count_squares();
      Index farthest = kNone;
      for (Index i = 0; i < points(); ++i) {
        if (sizes_[at(cluster_[at(i)])] < 2) continue;
        if (farthest == kNone ||
            distance(i, cluster_[at(i)]) > distance(farthest, cluster_[at(farthest)])) {
          farthest = i;
        }
      }
      move(farthest, c);
    }
  }

  static constexpr double kRounding = 1e-12;

  const TallMatrix<double>& products_;
  TallMatrix<double> sums_;  ///< k x N
  std::vector<double> sizes_;
  std::vector<double> squares_;
  std::vector<Index> cluster_;
};

}  // namespace

Clusters cluster_by_means(const TallMatrix<double>& products, Index k,
                          const ClusterOptions& options) {
  if (k < 1 || products.rows() < k) {
    throw Error(ErrorKind::internal, "clusters: there are fewer points than clusters");
  }
  Clusters best;
  for (Index start = 0; start < options.starts; ++start) {
    const RandomField random(options.seed, Purpose::cluster_start, start);
    Clusters found =
        Means(products, k).improve(start_centres(products, k, random), options.most_rounds);
    if (start == 0 || found.inertia < best.inertia) best = std::move(found);
  }
  return best;
}

}  // namespace partita
