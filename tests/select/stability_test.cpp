// Agreement of restarts: components matched and clustered, silhouettes, consensus of columns.
// Against loops written out here, numbers worked out by hand, and values of scipy 1.10 and
// scikit-learn 1.2.
#include "select/stability/stability.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "select/stability/column_consensus.hpp"
#include "select/stability/component_matching.hpp"
#include "select/stability/silhouettes.hpp"

namespace partita {
namespace {

/// Restarts that are the same components, m x k, in other orders and scales, with noise of this
/// size.
std::vector<TallMatrix<double>> shuffled_restarts(Index m, Index k, Index restarts, double noise) {
  std::vector<TallMatrix<double>> all;
  const RandomField truth(1, Purpose::start_S);
  for (Index r = 0; r < restarts; ++r) {
    const RandomField own(2, Purpose::start_S, r);
    TallMatrix<double> S(m, k);
    for (Index j = 0; j < m; ++j) {
      for (Index c = 0; c < k; ++c) {
        const double value = std::pow(truth.uniform(j, c), 4) + noise * own.uniform(j, c);
        S(j, (c + r) % k) = value * static_cast<double>(1 + r + c);
      }
    }
    all.push_back(std::move(S));
  }
  return all;
}

/// Which of the true components each one is.
std::vector<Index> true_clusters(Index k, Index restarts) {
  std::vector<Index> cluster(static_cast<std::size_t>(k * restarts));
  for (Index r = 0; r < restarts; ++r) {
    for (Index c = 0; c < k; ++c) cluster[static_cast<std::size_t>(r * k + (c + r) % k)] = c;
  }
  return cluster;
}

/// Equal but for the numbers of the clusters.
void expect_same_partition(const std::vector<Index>& one, const std::vector<Index>& other) {
  ASSERT_EQ(one.size(), other.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) EXPECT_EQ(one[i] == one[j], other[i] == other[j]);
  }
}

TEST(ComponentMatching, CosinesAgainstPlainLoops) {
  const std::vector<TallMatrix<double>> two = shuffled_restarts(11, 3, 2, 0.5);
  const TallMatrix<double> cosines = component_cosines(two[0], two[1]);
  const TallMatrix<double> all = row_products(unit_components(two));
  for (Index a = 0; a < 3; ++a) {
    for (Index b = 0; b < 3; ++b) {
      double xy = 0;
      double xx = 0;
      double yy = 0;
      for (Index j = 0; j < 11; ++j) {
        xy += two[0](j, a) * two[1](j, b);
        xx += two[0](j, a) * two[0](j, a);
        yy += two[1](j, b) * two[1](j, b);
      }
      EXPECT_NEAR(cosines(a, b), xy / std::sqrt(xx * yy), 1e-14);
      EXPECT_NEAR(all(a, 3 + b), cosines(a, b), 1e-14);
      EXPECT_EQ(all(a, 3 + b), all(3 + b, a));
    }
  }
}

TEST(ComponentMatching, UnitLengthOfTinyHugeAndZeroRows) {
  TallMatrix<double> rows(3, 2);
  rows(0, 0) = 3e-200;
  rows(0, 1) = 4e-200;
  rows(1, 0) = 3e200;
  rows(1, 1) = 4e200;
  scale_to_unit_rows(rows);
  for (Index i = 0; i < 2; ++i) {
    EXPECT_NEAR(rows(i, 0), 0.6, 1e-15);
    EXPECT_NEAR(rows(i, 1), 0.8, 1e-15);
  }
  EXPECT_EQ(rows(2, 0), 0);
}

TEST(ComponentMatching, FindsWhatWasShuffled) {
  const std::vector<TallMatrix<double>> two = shuffled_restarts(40, 5, 2, 0.1);
  const ComponentMatch match = match_components(component_cosines(two[0], two[1]));
  EXPECT_EQ(match.partner, (std::vector<Index>{1, 2, 3, 4, 0}));
  for (const double cosine : match.cosine) EXPECT_GT(cosine, 0.95);
}

TEST(MatchRestarts, ClustersAreTheTrueComponents) {
  const MatchedComponents matched = match_restarts(shuffled_restarts(60, 6, 8, 0.3));
  expect_same_partition(matched.cluster, true_clusters(6, 8));
}

TEST(MatchRestarts, EveryRestartIsInEveryClusterOnce) {
  // Restarts that have nothing in common: whatever the clusters are, they are pairings.
  std::vector<TallMatrix<double>> restarts;
  for (Index r = 0; r < 5; ++r) {
    const RandomField own(9, Purpose::start_S, r);
    restarts.emplace_back(20, 4);
    for (Index e = 0; e < 80; ++e) restarts.back().data()[e] = own.uniform(e, 0);
  }
  const MatchedComponents matched = match_restarts(restarts);
  for (std::size_t first = 0; first < 20; first += 4) {
    std::vector<Index> own(matched.cluster.begin() + static_cast<long>(first),
                           matched.cluster.begin() + static_cast<long>(first) + 4);
    std::sort(own.begin(), own.end());
    EXPECT_EQ(own, (std::vector<Index>{0, 1, 2, 3}));
  }
  // Nothing is gained by matching one restart anew to the sums of the clusters.
  const TallMatrix<double> unit = unit_components(restarts);
  TallMatrix<double> sums(4, 20);
  for (Index i = 0; i < 20; ++i) {
    for (Index j = 0; j < 20; ++j) {
      sums(matched.cluster[static_cast<std::size_t>(i)], j) += unit(i, j);
    }
  }
  scale_to_unit_rows(sums);
  for (Index r = 0; r < 5; ++r) {
    const auto agreement = [&](const std::vector<Index>& cluster) {
      double sum = 0;
      for (Index c = 0; c < 4; ++c) {
        const double* s = sums.row(cluster[static_cast<std::size_t>(c)]);
        sum += std::inner_product(s, s + 20, unit.row(4 * r + c), 0.0);
      }
      return sum;
    };
    const auto own = matched.cluster.begin() + 4 * r;
    const double found = agreement({own, own + 4});
    std::vector<Index> other{0, 1, 2, 3};
    do {
      EXPECT_LE(agreement(other), found + 1e-12);
    } while (std::next_permutation(other.begin(), other.end()));
  }
}

TEST(MatchRestarts, TheOrderOfRestartsDoesNotMatter) {
  std::vector<TallMatrix<double>> restarts = shuffled_restarts(30, 4, 6, 0.8);
  const Stability before = stability_of(restarts);
  std::swap(restarts[0], restarts[4]);
  std::swap(restarts[1], restarts[3]);
  const Stability after = stability_of(restarts);
  EXPECT_NEAR(before.silhouette_mean, after.silhouette_mean, 1e-12);
  EXPECT_NEAR(before.silhouette_least, after.silhouette_least, 1e-12);
  EXPECT_NEAR(before.dispersion, after.dispersion, 1e-12);
}

TEST(MatchRestarts, NeedsTwoOfEqualShape) {
  std::vector<TallMatrix<double>> restarts = shuffled_restarts(10, 2, 1, 0);
  EXPECT_THROW((void)match_restarts(restarts), Error);
  restarts.emplace_back(10, 3);
  EXPECT_THROW((void)match_restarts(restarts), Error);
  restarts.back() = TallMatrix<double>(9, 2);
  EXPECT_THROW((void)match_restarts(restarts), Error);
}

/// Rows that are in no order: ((13 i + 5 j + i j²) mod 23) + 1, of unit length.
TallMatrix<double> twelve_points() {
  TallMatrix<double> points(12, 6);
  for (Index i = 0; i < 12; ++i) {
    for (Index j = 0; j < 6; ++j) {
      points(i, j) = static_cast<double>((13 * i + 5 * j + i * j * j) % 23 + 1);
    }
  }
  scale_to_unit_rows(points);
  return points;
}

// sklearn.metrics.silhouette_samples of them, with 1 - U Uᵀ as metric="precomputed", and of U
// itself.
TEST(Silhouettes, EqualThoseOfScikitLearn) {
  const std::vector<Index> cluster{0, 1, 2, 0, 1, 2, 0, 0, 1, 2, 2, 1};
  const std::array<double, 12> cosine{
      -0.035975502368070233, -0.3253111209000218,  -0.3824818996466412,   0.341701192876125,
      0.30183029906796194,   -0.13130181092024035, -0.018484208382787973, -0.3196986178462638,
      -0.33822048616210043,  -0.25884765039921553, -0.18757064105275412,  0.015753534819757196};
  const std::array<double, 12> euclidean{
      -0.04274091465571015, -0.1814209431185126,  -0.19941169656367283, 0.17122463709833996,
      0.16223212047907887,  -0.0779868179572339,  -0.03510741511510408, -0.17669708099899373,
      -0.19218074741493968, -0.17169111383313432, -0.13088984281572416, 0.005130984320925972};
  const TallMatrix<double> cosines = row_products(twelve_points());
  const std::vector<double> by_cosine = silhouettes(cosine_distances(cosines), cluster, 3, 1);
  const std::vector<double> in_space = silhouettes(euclidean_distances(cosines), cluster, 3, 1);
  for (std::size_t i = 0; i < 12; ++i) {
    EXPECT_NEAR(by_cosine[i], cosine[i], 1e-12);
    EXPECT_NEAR(in_space[i], euclidean[i], 1e-7);  // distances from cosines
  }
}

TEST(Silhouettes, OfOneClusterAndOfOnePoint) {
  TallMatrix<double> distances(3, 3);
  distances.fill(0.2);
  for (Index i = 0; i < 3; ++i) distances(i, i) = 0;
  for (const double s : silhouettes(distances, std::vector<Index>{0, 0, 0}, 1, 1)) {
    EXPECT_NEAR(s, 0.8, 1e-15);
  }
  const std::vector<double> s = silhouettes(distances, std::vector<Index>{0, 2, 2}, 3, 1);
  EXPECT_EQ(s[0], 0);  // alone; the empty cluster 1 is no other cluster
  EXPECT_NEAR(s[1], 0, 1e-15);
  EXPECT_EQ(means_by_cluster(s, std::vector<Index>{0, 2, 2}, 3)[1], 0);
  distances.fill(0);
  EXPECT_EQ(silhouettes(distances, std::vector<Index>{0, 1, 1}, 2, 1)[1], 0);
}

TEST(Stability, OfRestartsThatAreTheSameIsOne) {
  const Stability stability = stability_of(shuffled_restarts(50, 4, 6, 0));
  EXPECT_NEAR(stability.silhouette_mean, 1, 1e-7);
  EXPECT_NEAR(stability.silhouette_least, 1, 1e-7);
  // Their scales differ from restart to restart, and with them the largest component of some
  // columns.
  EXPECT_GT(stability.dispersion, 0.3);
  EXPECT_GT(stability.cophenetic, 0.5);
}

TEST(Stability, FallsWithNoise) {
  double last = 1;
  for (const double noise : {0.1, 0.4, 1.6}) {
    const Stability stability = stability_of(shuffled_restarts(50, 4, 6, noise));
    EXPECT_LT(stability.silhouette_mean, last);
    EXPECT_LE(stability.silhouette_least, stability.silhouette_mean);
    last = stability.silhouette_mean;
  }
  EXPECT_LT(last, 0.5);
}

TEST(Stability, OfOneComponent) {
  const Stability stability = stability_of(shuffled_restarts(20, 1, 3, 0));
  EXPECT_NEAR(stability.silhouette_mean, 1, 1e-7);
  EXPECT_EQ(stability.cophenetic, 1);
  EXPECT_EQ(stability.dispersion, 1);
}

TEST(ColumnConsensus, IsTheShareOfRestarts) {
  // largest components of four columns: 0 0 1 1, 1 1 0 0 and 0 1 1 1
  std::vector<TallMatrix<double>> restarts;
  for (const std::array<Index, 4> largest :
       {std::array<Index, 4>{0, 0, 1, 1}, {1, 1, 0, 0}, {0, 1, 1, 1}}) {
    restarts.emplace_back(4, 2);
    for (Index j = 0; j < 4; ++j) restarts.back()(j, largest[static_cast<std::size_t>(j)]) = 2;
  }
  const TallMatrix<double> together = consensus_matrix(restarts, spread_columns(4, 10));
  const double third = 1.0 / 3;
  const double expected[4][4] = {
      {1, 2 * third, 0, 0}, {2 * third, 1, third, third}, {0, third, 1, 1}, {0, third, 1, 1}};
  for (Index i = 0; i < 4; ++i) {
    for (Index j = 0; j < 4; ++j) EXPECT_NEAR(together(i, j), expected[i][j], 1e-15);
  }
  const TallMatrix<double> some = consensus_matrix(restarts, std::vector<Index>{1, 3});
  EXPECT_NEAR(some(0, 1), third, 1e-15);
}

TEST(ColumnConsensus, SpreadColumns) {
  EXPECT_EQ(spread_columns(3, 5), (std::vector<Index>{0, 1, 2}));
  EXPECT_EQ(spread_columns(10, 4), (std::vector<Index>{0, 2, 5, 7}));
  const Index huge = Index{1} << 62;
  EXPECT_EQ(spread_columns(huge, 2), (std::vector<Index>{0, huge / 2}));
}

/// frac(0.37 i + 0.73 j + 0.191 i j) for i < j, 1 on the diagonal.
TallMatrix<double> nine_columns() {
  TallMatrix<double> C(9, 9);
  for (Index i = 0; i < 9; ++i) {
    C(i, i) = 1;
    for (Index j = i + 1; j < 9; ++j) {
      const auto a = static_cast<double>(i);
      const auto b = static_cast<double>(j);
      C(i, j) = C(j, i) = std::fmod(0.37 * a + 0.73 * b + 0.191 * a * b, 1);
    }
  }
  return C;
}

// d = squareform(1 - C, checks=False); cophenet(linkage(d, "average"), d)[0], of scipy.
TEST(ColumnConsensus, CopheneticCorrelationEqualsThatOfScipy) {
  EXPECT_NEAR(cophenetic_correlation(nine_columns()), 0.5711391990756319, 1e-12);
  EXPECT_NEAR(dispersion(nine_columns()), 0.42074686419753116, 1e-12);
}

TEST(ColumnConsensus, CopheneticCorrelationByHand) {
  // Columns 0 and 1 meet at 0.2, 2 joins them at (0.6 + 0.8) / 2: heights 0.2, 0.7, 0.7 for
  // distances 0.2, 0.6, 0.8
  TallMatrix<double> C(3, 3);
  C.fill(1);
  C(0, 1) = C(1, 0) = 0.8;
  C(0, 2) = C(2, 0) = 0.4;
  C(1, 2) = C(2, 1) = 0.2;
  const double x[3] = {0.2, 0.6, 0.8};
  const double y[3] = {0.2, 0.7, 0.7};
  double xx = 0;
  double yy = 0;
  double xy = 0;
  for (int i = 0; i < 3; ++i) {
    const double dx = x[i] - 1.6 / 3;
    const double dy = y[i] - 1.6 / 3;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  EXPECT_NEAR(cophenetic_correlation(C), xy / std::sqrt(xx * yy), 1e-14);
}

TEST(ColumnConsensus, ClearAndEqualConsensus) {
  TallMatrix<double> clear(6, 6);
  for (Index i = 0; i < 6; ++i) {
    for (Index j = 0; j < 6; ++j) clear(i, j) = i % 2 == j % 2 ? 1 : 0;
  }
  EXPECT_EQ(cophenetic_correlation(clear), 1);
  EXPECT_EQ(dispersion(clear), 1);
  clear.fill(0.5);
  EXPECT_EQ(dispersion(clear), 0);
  for (Index i = 0; i < 6; ++i) clear(i, i) = 1;
  EXPECT_EQ(cophenetic_correlation(clear), 1);  // all heights are that distance
  EXPECT_EQ(cophenetic_correlation(TallMatrix<double>(1, 1)), 1);
  EXPECT_EQ(cophenetic_correlation(TallMatrix<double>(0, 0)), 1);
}

}  // namespace
}  // namespace partita
