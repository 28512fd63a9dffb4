#include "select/stability/column_consensus.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace partita {

namespace {

std::size_t at(Index i) {
  return static_cast<std::size_t>(i);
}

/// Clusters that grow together by average linkage. Each pair of points meets at one height.
class Dendrogram {
 public:
  explicit Dendrogram(TallMatrix<double>& distances)
      : distances_(distances), members_(at(distances.rows())) {
    for (Index i = 0; i < distances.rows(); ++i) members_[at(i)] = {i};
  }

  /// Calls meet(i, j, height) once for every two points.
  template <class Meet>
  void build(Meet meet) {
    std::vector<Index> chain;
    for (Index merges = 0; merges + 1 < distances_.rows();) {
      if (chain.empty()) chain.push_back(first_alive());
      const Index next = nearest(chain);
      if (chain.size() < 2 || next != chain[chain.size() - 2]) {
        chain.push_back(next);
        continue;
      }
      // The two ends of the chain are nearest to one another.
      const Index last = chain.back();
      chain.resize(chain.size() - 2);
      const double height = distances_(last, next);
      for (const Index i : members_[at(last)]) {
        for (const Index j : members_[at(next)]) meet(i, j, height);
      }
      merge(last, next);
      ++merges;
    }
  }

 private:
  [[nodiscard]] bool alive(Index cluster) const { return !members_[at(cluster)].empty(); }

  [[nodiscard]] Index first_alive() const {
    Index cluster = 0;
    while (!alive(cluster)) ++cluster;
    return cluster;
  }

  /// The nearest to the end of the chain; of equal ones the one before it, for the chain to end.
  [[nodiscard]] Index nearest(const std::vector<Index>& chain) const {
    const Index end = chain.back();
    Index best = chain.size() < 2 ? -1 : chain[chain.size() - 2];
    for (Index other = 0; other < distances_.rows(); ++other) {
      if (other == end || !alive(other)) continue;
      if (best < 0 || distances_(end, other) < distances_(end, best)) best = other;
    }
    return best;
  }

  void merge(Index from, Index into) {
    std::vector<Index>& moved = members_[at(from)];
    std::vector<Index>& grown = members_[at(into)];
    const auto more = static_cast<double>(moved.size());
    const auto had = static_cast<double>(grown.size());
    for (Index other = 0; other < distances_.rows(); ++other) {
      if (other == from || other == into || !alive(other)) continue;
      const double mean =
          (more * distances_(from, other) + had * distances_(into, other)) / (more + had);
      distances_(into, other) = mean;
      distances_(other, into) = mean;
    }
    grown.insert(grown.end(), moved.begin(), moved.end());
    moved.clear();
  }

  TallMatrix<double>& distances_;
  std::vector<std::vector<Index>> members_;
};

/// Pearson's correlation of the entries of two symmetric matrices above their diagonals.
double correlation_above_diagonal(const TallMatrix<double>& x, const TallMatrix<double>& y) {
  const auto mean_of = [](const TallMatrix<double>& matrix) {
    double sum = 0;
    for (Index i = 0; i < matrix.rows(); ++i) {
      sum = std::accumulate(matrix.row(i) + i + 1, matrix.row(i) + matrix.width(), sum);
    }
    const auto m = static_cast<double>(matrix.rows());
    return sum / (m * (m - 1) / 2);
  };
  const double mean_x = mean_of(x);
  const double mean_y = mean_of(y);
  double xx = 0;
  double yy = 0;
  double xy = 0;
  for (Index i = 0; i < x.rows(); ++i) {
    for (Index j = i + 1; j < x.width(); ++j) {
      const double dx = x(i, j) - mean_x;
      const double dy = y(i, j) - mean_y;
      xx += dx * dx;
      yy += dy * dy;
      xy += dx * dy;
    }
  }
  return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : 0;
}

}  // namespace

std::vector<Index> largest_components(const TallMatrix<double>& S, std::span<const Index> columns) {
  std::vector<Index> largest;
  largest.reserve(columns.size());
  for (const Index column : columns) {
    const double* s = S.row(column);
    largest.push_back(std::max_element(s, s + S.width()) - s);
  }
  return largest;
}

std::vector<Index> spread_columns(Index m, Index most) {
  const Index count = std::min(m, most);
  std::vector<Index> columns(at(count));
  // i m / count without the product, which could be too large
  for (Index i = 0; i < count; ++i) {
    columns[at(i)] = i * (m / count) + i * (m % count) / count;
  }
  return columns;
}

TallMatrix<double> consensus_matrix(std::span<const TallMatrix<double>> restarts,
                                    std::span<const Index> columns) {
  const auto count = static_cast<Index>(columns.size());
  TallMatrix<double> together(count, count);
  for (const TallMatrix<double>& S : restarts) {
    const std::vector<Index> largest = largest_components(S, columns);
    for (Index i = 0; i < count; ++i) {
      double* row = together.row(i);
      for (Index j = 0; j < count; ++j) row[j] += largest[at(i)] == largest[at(j)] ? 1 : 0;
    }
  }
  for (double& value : together.values()) value /= static_cast<double>(restarts.size());
  return together;
}

double cophenetic_correlation(TallMatrix<double> consensus) {
  for (double& value : consensus.values()) value = 1 - value;
  const TallMatrix<double> distances = consensus;
  TallMatrix<double> heights(distances.rows(), distances.rows());
  double difference = 0;
  Dendrogram(consensus).build([&](Index i, Index j, double height) {
    heights(i, j) = heights(j, i) = height;
    difference = std::max(difference, std::abs(height - distances(i, j)));
  });
  // Exactly so, where a correlation could not be had: of two columns, or distances that are all
  // equal.
  constexpr double kRounding = 1e-12;
  if (difference <= kRounding) return 1;
  return correlation_above_diagonal(distances, heights);
}

double dispersion(const TallMatrix<double>& consensus) {
  double sum = 0;
  for (const double value : consensus.values()) sum += 4 * (value - 0.5) * (value - 0.5);
  return consensus.size() > 0 ? sum / static_cast<double>(consensus.size()) : 1;
}

}  // namespace partita
