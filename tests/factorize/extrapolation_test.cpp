// The weight of the step beyond an iterate, and the step itself, against closed forms.
#include "factorize/solve/extrapolation.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "factorize/solve/extrapolated_step.hpp"

namespace partita::testing {
namespace {

constexpr ExtrapolationRates kRates = {1.05, 1.01};

/// The weight after some passes that were all kept; the first of them grows nothing.
double weight_after(int accepted) {
  Extrapolation weight(kRates);
  for (int pass = 0; pass < accepted; ++pass) weight.accept();
  return weight.weight();
}

TEST(Extrapolation, WithoutGrowthThereIsNone) {
  Extrapolation none({});
  EXPECT_FALSE(none.active());
  for (int pass = 0; pass < 5; ++pass) {
    EXPECT_EQ(none.weight(), 0);
    none.accept();
  }
}

TEST(Extrapolation, TheFirstPassTakesNoStep) {
  Extrapolation weight(kRates);
  EXPECT_TRUE(weight.active());
  EXPECT_EQ(weight.weight(), 0);
  weight.reject();
  EXPECT_EQ(weight.weight(), 0) << "still the first pass";
}

TEST(Extrapolation, GrowsByItsRateUpToOne) {
  EXPECT_DOUBLE_EQ(weight_after(1), 0.5);
  EXPECT_DOUBLE_EQ(weight_after(2), 0.5 * 1.05);
  EXPECT_DOUBLE_EQ(weight_after(6), 0.5 * std::pow(1.05, 5));
  EXPECT_EQ(weight_after(60), 1.0);
}

TEST(Extrapolation, ARejectionShrinksItAndKeepsItBelowTheLastThatWasGood) {
  Extrapolation weight(kRates);
  for (int pass = 0; pass < 5; ++pass) weight.accept();
  const double good = 0.5 * std::pow(1.05, 3);
  const double tried = weight.weight();
  weight.reject();
  EXPECT_DOUBLE_EQ(weight.weight(), tried / 1.5);
  // From here on the ceiling, which was the good weight, grows more slowly than the weight may.
  double ceiling = good;
  double expected = tried / 1.5;
  for (int pass = 0; pass < 40; ++pass) {
    weight.accept();
    expected = std::min(ceiling, 1.05 * expected);
    ceiling = std::min(1.0, 1.01 * ceiling);
    ASSERT_DOUBLE_EQ(weight.weight(), expected) << pass;
  }
  EXPECT_LT(weight.weight(), 1.0);
}

TEST(Extrapolation, AfterManyRejectionsInARowAPassIsPlain) {
  Extrapolation weight(kRates);
  weight.accept();
  for (int rejection = 0; rejection < 5; ++rejection) weight.reject();
  EXPECT_GT(weight.weight(), 0);
  weight.reject();
  EXPECT_EQ(weight.weight(), 0);
  weight.accept();
  EXPECT_GT(weight.weight(), 0) << "a kept pass counts the rejections anew";
}

TEST(Extrapolation, GoesOnFromItsState) {
  Extrapolation whole(kRates);
  Extrapolation resumed(kRates);
  for (int pass = 0; pass < 30; ++pass) {
    if (pass == 13) resumed.restore(whole.state());
    pass % 4 == 3 ? whole.reject() : whole.accept();
    if (pass < 13) continue;
    pass % 4 == 3 ? resumed.reject() : resumed.accept();
    ASSERT_EQ(resumed.weight(), whole.weight()) << pass;
  }
}

constexpr Index kRows = 4;
constexpr Index kWidth = 3;

/// Columns [1, 1 + kWidth) of a wider matrix, whose others nothing may touch.
struct Windowed {
  explicit Windowed(double scale) : matrix(kRows, kWidth + 2) {
    for (Index i = 0; i < kRows; ++i) {
      for (Index j = 0; j < kWidth + 2; ++j) matrix.row(i)[j] = scale * std::sin(double(i * 7 + j));
    }
  }
  TallView<double> window() { return {matrix.data() + 1, kRows, kWidth, kWidth + 2}; }
  TallView<const double> view() { return {matrix.data() + 1, kRows, kWidth, kWidth + 2}; }
  TallMatrix<double> matrix;
};

TEST(ExtrapolatedStep, GoesBeyondByItsWeight) {
  Windowed now(1);
  Windowed before(0.5);
  Windowed beyond(3);
  extrapolate(now.view(), before.view(), 0.25, beyond.window());
  for (Index i = 0; i < kRows; ++i) {
    for (Index j = 1; j <= kWidth; ++j) {
      const double to = std::sin(double(i * 7 + j));
      EXPECT_DOUBLE_EQ(beyond.matrix.row(i)[j], to + 0.25 * (to - 0.5 * to));
    }
    EXPECT_EQ(beyond.matrix.row(i)[0], 3 * std::sin(double(i * 7)));
  }
}

TEST(ExtrapolatedStep, WithoutWeightWhatWasBeforeIsNotRead) {
  Windowed now(1);
  Windowed before(std::numeric_limits<double>::quiet_NaN());
  Windowed beyond(3);
  extrapolate(now.view(), before.view(), 0.0, beyond.window());
  for (Index i = 0; i < kRows; ++i) {
    for (Index j = 1; j <= kWidth; ++j) {
      EXPECT_EQ(beyond.matrix.row(i)[j], now.matrix.row(i)[j]);
    }
  }
}

TEST(ExtrapolatedStep, InOneGoItKeepsWhatWasNow) {
  for (const bool clip : {false, true}) {
    Windowed now(1);
    Windowed before(0.5);
    step_beyond(now.window(), before.window(), 0.25, clip);
    for (Index i = 0; i < kRows; ++i) {
      for (Index j = 1; j <= kWidth; ++j) {
        const double to = std::sin(double(i * 7 + j));
        const double step = to + 0.25 * (to - 0.5 * to);
        EXPECT_DOUBLE_EQ(now.matrix.row(i)[j], clip ? std::max(0.0, step) : step);
        EXPECT_EQ(before.matrix.row(i)[j], to);
      }
      EXPECT_EQ(before.matrix.row(i)[0], 0.5 * std::sin(double(i * 7)));
    }
  }
}

}  // namespace
}  // namespace partita::testing
