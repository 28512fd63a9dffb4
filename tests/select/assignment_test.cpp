// The best assignment, against all permutations.
#include "select/stability/assignment.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace partita {
namespace {

double sum_of(const TallMatrix<double>& scores, const std::vector<Index>& columns) {
  double sum = 0;
  for (Index i = 0; i < scores.rows(); ++i) sum += scores(i, columns[static_cast<std::size_t>(i)]);
  return sum;
}

double best_of_all(const TallMatrix<double>& scores) {
  std::vector<Index> columns(static_cast<std::size_t>(scores.rows()));
  std::iota(columns.begin(), columns.end(), 0);
  double best = sum_of(scores, columns);
  while (std::next_permutation(columns.begin(), columns.end())) {
    best = std::max(best, sum_of(scores, columns));
  }
  return best;
}

void expect_permutation(std::vector<Index> columns) {
  std::sort(columns.begin(), columns.end());
  for (std::size_t i = 0; i < columns.size(); ++i) EXPECT_EQ(columns[i], static_cast<Index>(i));
}

TEST(BestAssignment, EqualsTheBestOfAllPermutations) {
  for (Index k = 1; k <= 6; ++k) {
    for (int trial = 0; trial < 60; ++trial) {
      const RandomField field(3, Purpose::start_S, trial);
      TallMatrix<double> scores(k, k);
      for (Index i = 0; i < k; ++i) {
        // every third trial with many equal scores, every other third with negative ones
        for (Index j = 0; j < k; ++j) {
          scores(i, j) = trial % 3 == 0   ? static_cast<double>(field.index(i, j, 3))
                         : trial % 3 == 1 ? field.normal(i, j)
                                          : field.uniform(i, j);
        }
      }
      const std::vector<Index> columns = best_assignment(scores);
      expect_permutation(columns);
      EXPECT_NEAR(sum_of(scores, columns), best_of_all(scores), 1e-12) << "k " << k;
    }
  }
}

TEST(BestAssignment, FindsAPermutationOfManyThatIsHidden) {
  constexpr Index k = 200;
  const RandomField field(4, Purpose::start_S);
  TallMatrix<double> scores(k, k);
  for (Index i = 0; i < k; ++i) {
    for (Index j = 0; j < k; ++j) scores(i, j) = 0.49 * field.uniform(i, j);
    scores(i, (i * 77 + 5) % k) = 0.99;
  }
  const std::vector<Index> columns = best_assignment(scores);
  for (Index i = 0; i < k; ++i) {
    EXPECT_EQ(columns[static_cast<std::size_t>(i)], (i * 77 + 5) % k);
  }
}

TEST(BestAssignment, OfNothingAndOfWhatItCannotTake) {
  EXPECT_TRUE(best_assignment(TallMatrix<double>(0, 0)).empty());
  EXPECT_THROW((void)best_assignment(TallMatrix<double>(2, 3)), Error);
  TallMatrix<double> scores(2, 2);
  scores(1, 0) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW((void)best_assignment(scores), Error);
}

}  // namespace
}  // namespace partita
