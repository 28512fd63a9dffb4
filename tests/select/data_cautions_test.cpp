// Cautions of data and components, against numbers worked out by hand.
#include "select/choice/data_cautions.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace partita {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(CoefficientOfVariation, IsStandardDeviationOverMean) {
  // 1, 2, 3, 6: mean 3, variance (4 + 1 + 0 + 9) / 4
  EXPECT_NEAR(coefficient_of_variation(4, 12, 50), std::sqrt(3.5) / 3, 1e-15);
  EXPECT_EQ(coefficient_of_variation(4, 12, 36), 0);
  EXPECT_EQ(coefficient_of_variation(3, 0.3, 0.03 * (1 - 1e-15)),
            0);  // rounding, not the root of < 0
  EXPECT_EQ(coefficient_of_variation(4, 0, 0), kInfinity);
  EXPECT_EQ(coefficient_of_variation(0, 0, 0), kInfinity);
}

TEST(CoefficientOfVariation, OfEachComponent) {
  TallMatrix<double> factor(4, 3);
  const double first[] = {1, 2, 3, 6};
  for (Index i = 0; i < 4; ++i) {
    factor(i, 0) = first[i];
    factor(i, 1) = 5;
  }
  const std::vector<double> variation = variation_of_components(factor);
  ASSERT_EQ(variation.size(), 3U);
  EXPECT_NEAR(variation[0], std::sqrt(3.5) / 3, 1e-15);
  EXPECT_EQ(variation[1], 0);
  EXPECT_EQ(variation[2], kInfinity);
}

TEST(BackgroundCaution, NamesTheSideThatIsConstant) {
  const std::vector<double> varied{0.8, 2, kInfinity};
  const std::vector<double> flat{0.8, 0.031, 1};
  EXPECT_FALSE(background_caution(varied, varied));
  EXPECT_TRUE(
      says(background_caution(flat, varied).value(), "over the rows it varies by only 3.1 %"));
  EXPECT_TRUE(says(background_caution(varied, flat).value(), "over the columns"));
  EXPECT_FALSE(background_caution(std::vector<double>{kBackgroundVariation}, varied));
}

TEST(OverdispersionCaution, NeedsWholeNumbersAndAFarVariance) {
  EXPECT_FALSE(overdispersion_caution({true, 3, 3.3}));
  EXPECT_FALSE(overdispersion_caution({false, 3, 30}));
  EXPECT_FALSE(overdispersion_caution({true, 0, 0}));
  EXPECT_FALSE(overdispersion_caution({true, 3, std::nan("")}));
  const std::string caution = overdispersion_caution({true, 3, 30}).value();
  EXPECT_TRUE(says(caution, "it is 30, 10 times the mean of 3")) << caution;
}

}  // namespace
}  // namespace partita
