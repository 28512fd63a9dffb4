// The consensus of restarts against the procedure of cNMF in numpy and scikit-learn
// (scripts/compare/consensus), and its parts against plain loops.
#include "select/consensus/consensus.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "select/consensus/spectra_scores.hpp"
#include "select/consensus/unit_clusters.hpp"
#include "select/consensus_expected.hpp"
#include "select/stability/component_matching.hpp"
#include "select/stability/silhouettes.hpp"

namespace partita {
namespace {

constexpr Index kRestarts = 20;
constexpr Index kComponents = 4;
constexpr Index kColumns = 30;

/// Whether no other restart has that component.
bool is_lone(Index r, Index c) {
  return (r * kComponents + c) % 9 == 4;
}

/// test_components() of scripts/compare/consensus.
std::vector<TallMatrix<double>> test_restarts() {
  std::vector<TallMatrix<double>> restarts;
  for (Index r = 0; r < kRestarts; ++r) {
    restarts.emplace_back(kColumns, kComponents);
    for (Index c = 0; c < kComponents; ++c) {
      for (Index j = 0; j < kColumns; ++j) {
        const Index level = (j * (7 * c + 3) + 11 * c * c) % 13;
        const Index noise =
            (r * 7919 + c * 104729 + j * 12997 + r * c * j * 31 + r * j * j * 17) % 101;
        const Index value = is_lone(r, c) ? noise * noise : 40 * level * level + 8 * noise;
        restarts.back()(j, c) = static_cast<double>(((r * kComponents + c) % 5 + 1) * value);
      }
    }
  }
  return restarts;
}

TEST(Consensus, EqualsTheProcedureOfCnmf) {
  const Consensus consensus = consensus_of(test_restarts(), {});
  TallMatrix<double> expected(kColumns, kComponents);
  for (Index c = 0; c < kComponents; ++c) {
    for (Index j = 0; j < kColumns; ++j) {
      expected(j, c) = kMedians[static_cast<std::size_t>(c * kColumns + j)];
    }
  }
  const ComponentMatch match = match_components(component_cosines(consensus.S, expected));
  for (std::size_t c = 0; c < kComponents; ++c) {
    EXPECT_EQ(match.partner[c], static_cast<Index>(c));
    EXPECT_GE(match.cosine[c], 0.99);
    EXPECT_EQ(consensus.size[c], kSizes[c]);
    EXPECT_NEAR(consensus.silhouettes[c], kSilhouettes[c], 1e-7);
  }
  EXPECT_NEAR(consensus.silhouette, kSilhouette, 1e-7);
  for (Index e = 0; e < expected.size(); ++e) {
    EXPECT_NEAR(consensus.S.data()[e], expected.data()[e], 1e-12);
  }
  ASSERT_EQ(consensus.density.size(), kDensity.size());
  for (std::size_t i = 0; i < kDensity.size(); ++i) {
    EXPECT_NEAR(consensus.density[i], kDensity[i], 1e-7) << i;
  }
}

TEST(Consensus, LeavesOutWhatNoOtherRestartHas) {
  const Consensus consensus = consensus_of(test_restarts(), {});
  for (Index r = 0; r < kRestarts; ++r) {
    for (Index c = 0; c < kComponents; ++c) {
      const Index cluster = consensus.cluster[static_cast<std::size_t>(r * kComponents + c)];
      EXPECT_EQ(cluster == kOutlier, is_lone(r, c));
      if (cluster != kOutlier) {
        EXPECT_EQ(cluster, consensus.cluster[static_cast<std::size_t>(c)]);
      }
    }
  }
  // nothing is left out by a threshold that no distance reaches
  const Consensus whole = consensus_of(test_restarts(), {.density_threshold = 2});
  EXPECT_EQ(std::accumulate(whole.size.begin(), whole.size.end(), Index{0}),
            kRestarts * kComponents);
}

TEST(Consensus, DoesNotDependOnTheSeedWhereItIsClear) {
  const Consensus one = consensus_of(test_restarts(), {});
  const Consensus other = consensus_of(test_restarts(), {.seed = 12345});
  EXPECT_EQ(one.cluster, other.cluster);
}

TEST(Consensus, TooFewThatAgreeIsAnErrorWithNumbers) {
  std::vector<TallMatrix<double>> restarts;
  for (Index r = 0; r < 5; ++r) {
    restarts.emplace_back(50, 3);
    for (Index c = 0; c < 3; ++c) restarts.back()(3 * r + c, c) = 1;  // none has anything in common
  }
  try {
    (void)consensus_of(restarts, {});
    FAIL() << "nothing is left";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::bad_data);
    const std::string message = error.what();
    EXPECT_NE(message.find("k = 3: only 0 of 15 components"), std::string::npos) << message;
    EXPECT_NE(message.find("half of them lie within 1.41"), std::string::npos) << message;
  }
  restarts.resize(1);
  EXPECT_THROW((void)consensus_of(restarts, {}), Error);
}

TEST(Consensus, OfOneComponentAndOfZeros) {
  std::vector<TallMatrix<double>> restarts(4, TallMatrix<double>(6, 1));
  for (Index r = 0; r < 3; ++r) {
    for (Index j = 0; j < 6; ++j) restarts[static_cast<std::size_t>(r)](j, 0) = 1.0 + double(j);
  }
  const Consensus consensus = consensus_of(restarts, {});  // the last restart is zero
  EXPECT_EQ(consensus.size, (std::vector<Index>{3}));
  EXPECT_EQ(consensus.cluster, (std::vector<Index>{0, 0, 0, kOutlier}));
  for (Index j = 0; j < 6; ++j) EXPECT_NEAR(consensus.S(j, 0), (1.0 + double(j)) / 21, 1e-15);
  EXPECT_NEAR(consensus.silhouette, 1, 1e-7);
}

TEST(Consensus, MedianOfAnEvenNumber) {
  std::vector<TallMatrix<double>> restarts(2, TallMatrix<double>(2, 1));
  restarts[0](0, 0) = restarts[1](0, 0) = restarts[1](1, 0) = 1;
  const Consensus consensus = consensus_of(restarts, {.density_threshold = 2});
  const double second = std::sqrt(0.5) / 2;  // 1, √½ and 0, √½
  EXPECT_NEAR(consensus.S(1, 0), second / ((1 + std::sqrt(0.5)) / 2 + second), 1e-14);
}

TEST(LocalDensities, AgainstASortOfAll) {
  const RandomField field(5, Purpose::start_S);
  TallMatrix<double> distances(9, 9);
  for (Index i = 0; i < 9; ++i) {
    for (Index j = 0; j < i; ++j) distances(i, j) = distances(j, i) = field.uniform(i, j);
  }
  for (const Index neighbours : {1, 3, 8, 20}) {
    const std::vector<double> density = local_densities(distances, neighbours);
    for (Index i = 0; i < 9; ++i) {
      std::vector<double> row(distances.row(i), distances.row(i) + 9);
      std::sort(row.begin(), row.end());
      const auto count = std::min<std::ptrdiff_t>(neighbours, 8);
      const double sum = std::accumulate(row.begin() + 1, row.begin() + 1 + count, 0.0);
      EXPECT_NEAR(density[static_cast<std::size_t>(i)], sum / static_cast<double>(count), 1e-15);
    }
  }
}

/// Points around corners of a simplex, in no order.
TallMatrix<double> scattered(Index points, Index k, double noise) {
  const RandomField field(8, Purpose::start_S);
  TallMatrix<double> rows(points, 12);
  for (Index i = 0; i < points; ++i) {
    for (Index j = 0; j < 12; ++j) rows(i, j) = noise * field.uniform(i, j);
    rows(i, (7 * i) % k) += 1;
  }
  scale_to_unit_rows(rows);
  return rows;
}

double inertia_of(const TallMatrix<double>& rows, const std::vector<Index>& cluster, Index k,
                  bool& each_is_nearest) {
  TallMatrix<double> means(k, rows.width());
  std::vector<double> size(static_cast<std::size_t>(k));
  for (Index i = 0; i < rows.rows(); ++i) {
    const Index c = cluster[static_cast<std::size_t>(i)];
    ++size[static_cast<std::size_t>(c)];
    for (Index j = 0; j < rows.width(); ++j) means(c, j) += rows(i, j);
  }
  double sum = 0;
  each_is_nearest = true;
  for (Index i = 0; i < rows.rows(); ++i) {
    std::vector<double> squares;
    for (Index c = 0; c < k; ++c) {
      double square = 0;
      for (Index j = 0; j < rows.width(); ++j) {
        const double difference = rows(i, j) - means(c, j) / size[static_cast<std::size_t>(c)];
        square += difference * difference;
      }
      squares.push_back(square);
    }
    const double own = squares[static_cast<std::size_t>(cluster[static_cast<std::size_t>(i)])];
    each_is_nearest = each_is_nearest && own <= *std::ranges::min_element(squares) + 1e-9;
    sum += own;
  }
  return sum;
}

TEST(ClusterByMeans, InertiaAndNearestMeansAgainstPlainLoops) {
  for (const double noise : {0.1, 0.6, 5.0}) {
    const TallMatrix<double> rows = scattered(60, 5, noise);
    const Clusters found = cluster_by_means(row_products(rows), 5, {});
    bool each_is_nearest = false;
    EXPECT_NEAR(found.inertia, inertia_of(rows, found.cluster, 5, each_is_nearest), 1e-10);
    EXPECT_TRUE(each_is_nearest) << "noise " << noise;
    std::vector<Index> truth;
    for (Index i = 0; i < 60; ++i) truth.push_back((7 * i) % 5);
    EXPECT_LE(found.inertia, inertia_of(rows, truth, 5, each_is_nearest) + 1e-10);
  }
}

TEST(ClusterByMeans, MoreStartsAreNoWorse) {
  const TallMatrix<double> products = row_products(scattered(80, 7, 3));
  const double one = cluster_by_means(products, 7, {.starts = 1}).inertia;
  EXPECT_LE(cluster_by_means(products, 7, {.starts = 10}).inertia, one);
}

TEST(ClusterByMeans, NoClusterIsEmptyEvenOfEqualPoints) {
  TallMatrix<double> rows(6, 3);
  for (Index i = 0; i < 6; ++i) rows(i, i < 3 ? 0 : 1) = 1;  // two kinds of point, four clusters
  const std::vector<Index> cluster = cluster_by_means(row_products(rows), 4, {}).cluster;
  EXPECT_EQ(std::set<Index>(cluster.begin(), cluster.end()).size(), 4U);
  EXPECT_THROW((void)cluster_by_means(row_products(rows), 7, {}), Error);
}

TEST(SpectraScores, AreTheLeastSquaresOfStandardisedColumns) {
  constexpr Index n = 12;
  const RandomField field(6, Purpose::start_A);
  TallMatrix<double> A(n, 2);
  TallMatrix<double> X(n, 3);
  for (Index i = 0; i < n; ++i) {
    A(i, 0) = field.uniform(i, 0);
    A(i, 1) = 1 - A(i, 0);
    for (Index j = 0; j < 2; ++j) X(i, j) = field.uniform(i, 10 + j);
    X(i, 2) = 4;
  }
  UsageSums sums{GramMatrix(2), TallMatrix<double>(3, 2), {0, 0}, {0, 0, 0}, {0, 0, 0}};
  TallMatrix<double> Z(n, 3);
  for (std::size_t j = 0; j < 3; ++j) {
    const auto column = static_cast<Index>(j);
    for (Index i = 0; i < n; ++i) sums.mean[j] += X(i, column) / n;
    for (Index i = 0; i < n; ++i) {
      sums.deviation[j] += std::pow(X(i, column) - sums.mean[j], 2) / n;
    }
    sums.deviation[j] = std::sqrt(sums.deviation[j]);
    for (Index i = 0; i < n; ++i) Z(i, column) = (X(i, column) - sums.mean[j]) / sums.deviation[j];
  }
  for (Index i = 0; i < n; ++i) {
    for (Index c = 0; c < 2; ++c) {
      sums.A[static_cast<std::size_t>(c)] += A(i, c);
      for (Index d = 0; d < 2; ++d) sums.AtA(c, d) += A(i, c) * A(i, d);
      for (Index j = 0; j < 3; ++j) sums.XtA(j, c) += X(i, j) * A(i, c);
    }
  }
  const TallMatrix<double> scores = spectra_scores(sums);
  for (Index j = 0; j < 2; ++j) {
    for (Index c = 0; c < 2; ++c) {  // what is left is at right angles to the usages
      double left = 0;
      for (Index i = 0; i < n; ++i) {
        left += A(i, c) * (Z(i, j) - A(i, 0) * scores(j, 0) - A(i, 1) * scores(j, 1));
      }
      EXPECT_NEAR(left, 0, 1e-12);
    }
  }
  EXPECT_EQ(scores(2, 0), 0);
  EXPECT_EQ(scores(2, 1), 0);
}

}  // namespace
}  // namespace partita
