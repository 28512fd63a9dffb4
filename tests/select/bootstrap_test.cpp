// Draws against their probabilities, data drawn anew, replicates put in order, and intervals
// against numbers of numpy.
#include "partita/base/error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

#include "select/bootstrap/alignment.hpp"
#include "select/bootstrap/draws.hpp"
#include "select/bootstrap/intervals.hpp"
#include "select/bootstrap/resampling.hpp"

namespace partita {
namespace {

/// Shares of each count among draws at evenly spaced u: its probability, but for one in so many.
template <class Draw>
std::map<double, double> shares_of(int draws, Draw draw) {
  std::map<double, double> shares;
  for (int i = 0; i < draws; ++i) shares[draw((i + 0.5) / draws)] += 1.0 / draws;
  return shares;
}

TEST(PoissonDraw, TakesEachCountByItsProbability) {
  constexpr int kDraws = 200000;
  for (const double mean : {0.1, 0.5, 1.0, 3.7, 12.0, 150.5}) {
    const auto shares = shares_of(kDraws, [&](double u) { return poisson_draw(mean, u); });
    double covered = 0;
    for (const auto& [count, share] : shares) {
      const double probability = std::exp(count * std::log(mean) - mean - std::lgamma(count + 1));
      EXPECT_NEAR(share, probability, 1.5 / kDraws) << count << " of mean " << mean;
      covered += probability;
    }
    EXPECT_NEAR(covered, 1, 1e-3);
  }
}

TEST(BinomialDraw, TakesEachCountByItsProbability) {
  constexpr int kDraws = 200000;
  for (const double trials : {1.0, 7.0, 60.0, 1000.0}) {
    for (const double p : {0.001, 0.3, 0.5, 0.98}) {
      const auto shares = shares_of(kDraws, [&](double u) { return binomial_draw(trials, p, u); });
      for (const auto& [count, share] : shares) {
        ASSERT_GE(count, 0);
        ASSERT_LE(count, trials);
        const double ways =
            std::lgamma(trials + 1) - std::lgamma(count + 1) - std::lgamma(trials - count + 1);
        const double probability =
            std::exp(ways + count * std::log(p) + (trials - count) * std::log1p(-p));
        EXPECT_NEAR(share, probability, 1.5 / kDraws) << count << " of " << trials << ", " << p;
      }
    }
  }
}

/// Mean, variance and third moment of draws at evenly spaced u.
template <class Draw>
std::array<double, 3> moments_of(Draw draw) {
  constexpr int kDraws = 20000;
  double mean = 0;
  for (int i = 0; i < kDraws; ++i) mean += draw((i + 0.5) / kDraws) / kDraws;
  double second = 0;
  double third = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double d = draw((i + 0.5) / kDraws) - mean;
    second += d * d / kDraws;
    third += d * d * d / kDraws;
  }
  return {mean, second, third / std::pow(second, 1.5)};
}

/// Near the ends of (0, 1) single counts of inversion take less than lies between two of the draws.
void expect_moments(const std::array<double, 3>& found, double mean, double variance,
                    double skewness) {
  const bool normal = variance >= kNormalFrom;
  EXPECT_NEAR((found[0] - mean) / std::sqrt(variance), 0, normal ? 1e-5 : 1e-2);
  EXPECT_NEAR(found[1] / variance, 1, normal ? 1e-3 : 1e-2);
  EXPECT_NEAR(found[2], skewness, normal ? 1e-3 : 0.05);
}

TEST(PoissonDraw, MomentsOnBothSidesOfTheNormal) {
  for (const double mean : {5000.0, 0.999 * kNormalFrom, 1.001 * kNormalFrom, 1e12}) {
    const auto found = moments_of([&](double u) { return poisson_draw(mean, u); });
    expect_moments(found, mean, mean, 1 / std::sqrt(mean));
  }
}

TEST(BinomialDraw, MomentsOfManyTrials) {
  // the second: few successes of very many trials
  const std::array<std::array<double, 2>, 3> cases{{{1e5, 0.4}, {1e15, 2e-13}, {1e9, 0.7}}};
  for (const auto& [trials, p] : cases) {
    const double variance = trials * p * (1 - p);
    const auto found = moments_of([n = trials, p = p](double u) { return binomial_draw(n, p, u); });
    expect_moments(found, trials * p, variance, (1 - 2 * p) / std::sqrt(variance));
  }
}

TEST(Draws, OfNothingAndOfCertainty) {
  EXPECT_EQ(poisson_draw(0, 0.5), 0);
  EXPECT_EQ(poisson_draw(1e-300, 0.5), 0);
  EXPECT_EQ(binomial_draw(0, 0.5, 0.5), 0);
  EXPECT_EQ(binomial_draw(9, 0, 0.5), 0);
  EXPECT_EQ(binomial_draw(9, 1, 0.5), 9);
  for (const double u : {0x1p-53, 1 - 0x1p-53}) {  // the ends of what is drawn
    EXPECT_TRUE(std::isfinite(poisson_draw(50, u)));
    EXPECT_TRUE(std::isfinite(poisson_draw(1e9, u)));
    EXPECT_LE(binomial_draw(50, 0.3, u), 50);
  }
}

TEST(ResampledCounts, PoissonDependsOnPositionSeedAndReplicateAlone) {
  const ResampledCounts one(7, 3);
  const double drawn = one.poisson({11}, {5}, 200);
  EXPECT_EQ(drawn, ResampledCounts(7, 3).poisson({11}, {5}, 200));
  int same = 0;
  for (Index other = 0; other < 50; ++other) {
    same += one.poisson({11}, {100 + other}, 200) == drawn ? 1 : 0;
    same += one.poisson({100 + other}, {5}, 200) == drawn ? 1 : 0;
    same += ResampledCounts(7, 100 + other).poisson({11}, {5}, 200) == drawn ? 1 : 0;
    same +=
        ResampledCounts(100 + static_cast<std::uint64_t>(other), 3).poisson({11}, {5}, 200) == drawn
            ? 1
            : 0;
  }
  EXPECT_LT(same, 20);  // of 200, each with probability 0.02 or so
  EXPECT_EQ(one.poisson({11}, {5}, 0), 0);
}

TEST(ResampledCounts, PoissonHasTheMeanAndVarianceOfTheCount) {
  constexpr int kReplicates = 4000;
  double sum = 0;
  double squares = 0;
  for (Index replicate = 0; replicate < kReplicates; ++replicate) {
    const double drawn = ResampledCounts(1, replicate).poisson({2}, {3}, 9);
    sum += drawn;
    squares += drawn * drawn;
  }
  const double mean = sum / kReplicates;
  EXPECT_NEAR(mean, 9, 5 * 3 / std::sqrt(kReplicates));
  EXPECT_NEAR(squares / kReplicates - mean * mean, 9, 1.2);
}

TEST(ResampledCounts, MultinomialKeepsTheSumOfARow) {
  const std::vector<GlobalIndex> columns{{0}, {4}, {5}, {9}, {12}};
  const std::vector<double> row{3, 0, 50, 1, 0};
  constexpr int kReplicates = 4000;
  std::vector<double> means(row.size());
  double product = 0;
  for (Index replicate = 0; replicate < kReplicates; ++replicate) {
    std::vector<double> values = row;
    ResampledCounts(1, replicate).multinomial({8}, columns, values);
    EXPECT_EQ(std::accumulate(values.begin(), values.end(), 0.0), 54);
    EXPECT_EQ(values[1], 0);
    EXPECT_EQ(values[4], 0);
    for (std::size_t e = 0; e < row.size(); ++e) means[e] += values[e] / kReplicates;
    product += values[0] * values[2] / kReplicates;
  }
  EXPECT_NEAR(means[0], 3, 5 * std::sqrt(3.0 / kReplicates));
  EXPECT_NEAR(means[2], 50, 5 * std::sqrt(4.0 / kReplicates));
  EXPECT_NEAR(means[3], 1, 5 * std::sqrt(1.0 / kReplicates));
  EXPECT_NEAR(product - means[0] * means[2], -3.0 * 50 / 54, 0.4);  // covariance, -n p q
}

TEST(ResampledCounts, MultinomialOfWhatItCannotTake) {
  const ResampledCounts counts(0, 0);
  const std::vector<GlobalIndex> columns{{0}, {1}};
  std::vector<double> zeros{0, 0};
  counts.multinomial({0}, columns, zeros);
  EXPECT_EQ(zeros, (std::vector<double>{0, 0}));
  for (const double bad : {0.5, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
    std::vector<double> values{1, bad};
    EXPECT_THROW(counts.multinomial({0}, columns, values), Error);
  }
}

TEST(ResampledRows, AreThoseOfAnyPart) {
  const std::vector<GlobalIndex> all = resampled_rows(3, 1, 1000, {0, 1000});
  const std::vector<GlobalIndex> part = resampled_rows(3, 1, 1000, {400, 500});
  EXPECT_TRUE(std::equal(part.begin(), part.end(), all.begin() + 400));
  EXPECT_NE(all, resampled_rows(3, 2, 1000, {0, 1000}));
  std::vector<int> times(1000);
  for (const GlobalIndex row : all) ++times.at(static_cast<std::size_t>(row.value));
  const auto absent = std::count(times.begin(), times.end(), 0);
  EXPECT_NEAR(static_cast<double>(absent), 1000 * std::exp(-1.0), 60);
  EXPECT_TRUE(resampled_rows(3, 1, 1000, {5, 5}).empty());
}

TEST(Alignment, OrderAndScaleOfAFit) {
  TallMatrix<double> S(4, 3);
  TallMatrix<double> A(2, 3);
  for (Index e = 0; e < 12; ++e) S.data()[e] = static_cast<double>((5 * e * e + 3) % 11);
  for (Index e = 0; e < 6; ++e) A.data()[e] = static_cast<double>(1 + e);
  // the replicate: the same product, its components in the order 2, 0, 1 and of other lengths
  TallMatrix<double> other_S(4, 3);
  TallMatrix<double> other_A(2, 3);
  for (Index c = 0; c < 3; ++c) {
    const Index from = (c + 2) % 3;
    const double times = 1.5 + static_cast<double>(c);
    for (Index j = 0; j < 4; ++j) other_S(j, c) = times * S(j, from);
    for (Index i = 0; i < 2; ++i) other_A(i, c) = A(i, from) / times;
  }
  const Alignment alignment = align_components(S, other_S);
  EXPECT_EQ(alignment.partner, (std::vector<Index>{1, 2, 0}));
  const TallMatrix<double> back_S = aligned_S(other_S, alignment);
  const TallMatrix<double> back_A = aligned_A(other_A, alignment);
  for (Index e = 0; e < 12; ++e) EXPECT_NEAR(back_S.data()[e], S.data()[e], 1e-13);
  for (Index e = 0; e < 6; ++e) EXPECT_NEAR(back_A.data()[e], A.data()[e], 1e-13);
  for (const double cosine : mean_cosines({&alignment, 1})) EXPECT_NEAR(cosine, 1, 1e-14);
  EXPECT_THROW((void)align_components(S, TallMatrix<double>(5, 3)), Error);
  EXPECT_THROW((void)align_components(S, TallMatrix<double>(4, 2)), Error);
}

TEST(Alignment, AComponentThatIsZeroKeepsItsScale) {
  TallMatrix<double> S(2, 2);
  S(0, 0) = 2;
  TallMatrix<double> other(2, 2);
  other(0, 1) = 3;
  other(1, 0) = 7;
  const Alignment alignment = align_components(S, other);
  EXPECT_EQ(alignment.partner, (std::vector<Index>{1, 0}));
  EXPECT_NEAR(alignment.scale[0], 2.0 / 3, 1e-15);
  EXPECT_EQ(alignment.scale[1], 1);
  EXPECT_EQ(alignment.cosine[1], 0);
}

// numpy.quantile([1, 2, 4, 8, 16], q)
TEST(Quantile, EqualsThatOfNumpy) {
  const std::vector<double> sorted{1, 2, 4, 8, 16};
  EXPECT_DOUBLE_EQ(quantile(sorted, 0), 1);
  EXPECT_DOUBLE_EQ(quantile(sorted, 0.1), 1.4);
  EXPECT_DOUBLE_EQ(quantile(sorted, 0.5), 4);
  EXPECT_DOUBLE_EQ(quantile(sorted, 0.975), 15.2);
  EXPECT_DOUBLE_EQ(quantile(sorted, 1), 16);
  EXPECT_DOUBLE_EQ(quantile(std::vector<double>{3}, 0.7), 3);
}

TEST(Intervals, OfEachEntry) {
  std::vector<TallMatrix<double>> replicates;
  for (const Index b : {3, 0, 4, 1, 2}) {
    replicates.emplace_back(2, 2);
    for (Index e = 0; e < 4; ++e) {
      replicates.back().data()[e] = static_cast<double>(10 * e + (e % 2 == 0 ? b : -b));
    }
  }
  const Intervals intervals = intervals_of(replicates, 0.5);
  const std::array<double, 4> middle{2, 8, 22, 28};
  for (Index e = 0; e < 4; ++e) {
    EXPECT_DOUBLE_EQ(intervals.lower.data()[e], middle[static_cast<std::size_t>(e)] - 1);
    EXPECT_DOUBLE_EQ(intervals.upper.data()[e], middle[static_cast<std::size_t>(e)] + 1);
  }
  EXPECT_THROW((void)intervals_of({}, 0.9), Error);
  EXPECT_THROW((void)intervals_of(replicates, 1), Error);
  replicates.emplace_back(2, 3);
  EXPECT_THROW((void)intervals_of(replicates, 0.9), Error);
}

}  // namespace
}  // namespace partita
