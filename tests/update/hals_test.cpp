// HALS on rows: it reaches the optimum, never climbs, and treats each row as if it were alone.
#include "update/hals.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace partita {
namespace {

/// G = F^T F with F given by a closed form, and C with both signs so that constraints bind.
template <typename Real>
struct Problem {
  Problem(Index rows_, Index k_, Index padding = 0)
      : rows(rows_), k(k_), stride(k_ + padding), G(std::size_t(k_ * k_)) {
    for (Index a = 0; a < k; ++a) {
      for (Index b = 0; b < k; ++b) {
        for (Index i = 0; i < 3 * k + 5; ++i) G[std::size_t(a * k + b)] += f(i, a) * f(i, b);
      }
    }
    for (Index i = 0; i < rows; ++i) {
      for (Index j = 0; j < stride; ++j) {
        C.push_back(Real(double(k) * (0.4 + std::sin(1.1 * double(i) + 2.3 * double(j)))));
        W.push_back(Real(std::cos(0.9 * double(i) - 1.7 * double(j))));
      }
    }
  }
  static double f(Index i, Index j) {
    return 0.2 + std::abs(std::sin(double(i + 1) * (1.0 + 0.37 * double(j))));
  }
  void solve(const HalsOptions& options) {
    hals_rows(W.data(), stride, C.data(), stride, rows, k, G.data(), options);
  }
  [[nodiscard]] double w(Index i, Index j) const { return double(W[std::size_t(i * stride + j)]); }
  /// Gradient of the objective at row i, component j.
  [[nodiscard]] double gradient(Index i, Index j, const HalsOptions& o) const {
    double g = o.l1 + o.l2 * w(i, j) - double(C[std::size_t(i * stride + j)]);
    for (Index l = 0; l < k; ++l) g += G[std::size_t(j * k + l)] * w(i, l);
    return g;
  }
  [[nodiscard]] double objective(Index i, const HalsOptions& o) const {
    double sum = 0;
    for (Index j = 0; j < k; ++j) {
      const double linear = o.l1 - double(C[std::size_t(i * stride + j)]);
      sum += w(i, j) * (gradient(i, j, o) + linear) / 2;
    }
    return sum;
  }
  Index rows, k, stride;
  std::vector<double> G;
  std::vector<Real> C, W;
};

template <typename Real>
class Hals : public testing::Test {};
using Reals = testing::Types<double, float>;
TYPED_TEST_SUITE(Hals, Reals);

TYPED_TEST(Hals, ManySweepsMeetTheKktConditions) {
  const double eps = double(std::numeric_limits<TypeParam>::epsilon());
  for (const Index k : {1, 2, 3, 4, 5, 8, 11, 16}) {
    const HalsOptions options{.max_sweeps = 20000, .delta = 0, .l1 = 0.3, .l2 = 0.7};
    Problem<TypeParam> p(37, k, 2);
    p.solve(options);
    for (Index i = 0; i < p.rows; ++i) {
      for (Index j = 0; j < k; ++j) {
        const double scale = 200 * eps * (p.G[std::size_t(j * k + j)] + 1) * double(k + 5);
        EXPECT_GE(p.w(i, j), 0);
        EXPECT_GE(p.gradient(i, j, options), -scale) << k << ' ' << i << ' ' << j;
        if (p.w(i, j) > 0) {
          EXPECT_NEAR(p.gradient(i, j, options), 0, scale) << k << ' ' << i;
        }
      }
    }
  }
}

TYPED_TEST(Hals, ObjectiveNeverRises) {
  const double eps = double(std::numeric_limits<TypeParam>::epsilon());
  for (const Index k : {1, 6, 17, 40}) {
    HalsOptions options{.max_sweeps = 0, .delta = 0, .l1 = 0.1, .l2 = 0.2};
    Problem<TypeParam> p(29, k);
    p.solve(options);
    std::vector<double> before;
    for (Index i = 0; i < p.rows; ++i) before.push_back(p.objective(i, options));
    options.max_sweeps = 1;
    for (int sweep = 0; sweep < 15; ++sweep) {
      p.solve(options);
      for (Index i = 0; i < p.rows; ++i) {
        const double now = p.objective(i, options);
        const double before_i = before[std::size_t(i)];
        EXPECT_LE(now, before_i + 100 * eps * (std::abs(before_i) + double(k * k)));
        before[std::size_t(i)] = now;
      }
    }
  }
}

TYPED_TEST(Hals, RowsAreIndependentToTheLastBit) {
  for (const Index k : {1, 2, 3, 5, 8, 13, 32}) {
    for (const Index rows : {1, 3, 8, 31, 64, 137}) {
      const HalsOptions options{.max_sweeps = 6, .delta = 0.3, .l1 = 0.1, .l2 = 0};
      Problem<TypeParam> together(rows, k, 1);
      Problem<TypeParam> alone(rows, k, 1);
      together.solve(options);
      for (Index i = 0; i < rows; ++i) {
        hals_rows(alone.W.data() + i * alone.stride, alone.stride,
                  alone.C.data() + i * alone.stride, alone.stride, 1, k, alone.G.data(), options);
      }
      EXPECT_EQ(together.W, alone.W) << "k " << k << " rows " << rows;
    }
  }
}

/// One sweep by the textbook, in the precision of the test.
template <typename Real>
double plain_sweep(const Problem<Real>& p, Index i, std::vector<double>& w, const HalsOptions& o) {
  double moved = 0;
  for (Index j = 0; j < p.k; ++j) {
    double step = double(p.C[std::size_t(i * p.stride + j)]) - o.l1 - o.l2 * w[std::size_t(j)];
    for (Index l = 0; l < p.k; ++l) step -= p.G[std::size_t(j * p.k + l)] * w[std::size_t(l)];
    const double old = w[std::size_t(j)];
    w[std::size_t(j)] = std::max(0.0, old + step / (p.G[std::size_t(j * p.k + j)] + o.l2));
    moved += (w[std::size_t(j)] - old) * (w[std::size_t(j)] - old);
  }
  return moved;
}

TEST(HalsStop, EachRowStopsByItsOwnFirstSweep) {
  const HalsOptions options{.max_sweeps = 9, .delta = 0.25, .l1 = 0.05, .l2 = 0.1};
  Problem<double> p(45, 12);
  const Problem<double> start = p;
  p.solve(options);
  std::vector<int> sweeps;
  for (Index i = 0; i < p.rows; ++i) {
    std::vector<double> w;
    for (Index j = 0; j < p.k; ++j) w.push_back(std::max(0.0, start.w(i, j)));
    const double first = plain_sweep(start, i, w, options);
    double moved = first;
    int count = 1;
    for (; count < options.max_sweeps && moved >= options.delta * options.delta * first; ++count) {
      moved = plain_sweep(start, i, w, options);
    }
    sweeps.push_back(count);
    for (Index j = 0; j < p.k; ++j) EXPECT_NEAR(p.w(i, j), w[std::size_t(j)], 1e-11);
  }
  EXPECT_LT(*std::min_element(sweeps.begin(), sweeps.end()),
            *std::max_element(sweeps.begin(), sweeps.end()))
      << "the case must have rows that stop at different times";
}

TYPED_TEST(Hals, NegativeStartIsClipped) {
  for (const int max_sweeps : {0, 1, 4}) {
    const HalsOptions options{.max_sweeps = max_sweeps, .delta = 0.1};
    Problem<TypeParam> raw(21, 7);
    Problem<TypeParam> clipped(21, 7);
    for (auto& w : clipped.W) w = std::max(w, TypeParam(0));
    const auto expected_if_idle = clipped.W;
    raw.solve(options);
    clipped.solve(options);
    EXPECT_EQ(raw.W, clipped.W);
    if (max_sweeps == 0) {
      EXPECT_EQ(raw.W, expected_if_idle);
    }
  }
}

TYPED_TEST(Hals, DeadComponentIsLeftAlone) {
  const Index dead = 2;
  Problem<TypeParam> p(19, 5);
  for (Index l = 0; l < p.k; ++l) {
    p.G[std::size_t(dead * p.k + l)] = 0;
    p.G[std::size_t(l * p.k + dead)] = 0;
  }
  const Problem<TypeParam> start = p;
  p.solve({.max_sweeps = 5, .delta = 0});
  for (Index i = 0; i < p.rows; ++i) {
    EXPECT_EQ(p.w(i, dead), std::max(0.0, start.w(i, dead)));
    EXPECT_NE(p.w(i, 0), start.w(i, 0));
  }
}

TYPED_TEST(Hals, AllDeadOrEmptyDoesNothing) {
  Problem<TypeParam> p(9, 4);
  std::fill(p.G.begin(), p.G.end(), 0.0);
  Problem<TypeParam> clipped = p;
  p.solve({.max_sweeps = 3});
  clipped.solve({.max_sweeps = 0});
  EXPECT_EQ(p.W, clipped.W);
  hals_rows<TypeParam>(nullptr, 4, nullptr, 4, 0, 4, p.G.data(), {});
}

TYPED_TEST(Hals, PaddingBetweenRowsIsUntouched) {
  Problem<TypeParam> p(26, 6, 3);
  const Problem<TypeParam> start = p;
  p.solve({.max_sweeps = 2});
  for (Index i = 0; i < p.rows; ++i) {
    for (Index j = p.k; j < p.stride; ++j) EXPECT_EQ(p.w(i, j), start.w(i, j));
  }
}

}  // namespace
}  // namespace partita
