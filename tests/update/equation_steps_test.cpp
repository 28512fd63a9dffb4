// Steps on equations against plain loops, for every width, order and penalty.
#include "update/equation_steps.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace partita {
namespace {

constexpr Index kRows = 7;
constexpr Index kColumns = 5;

/// Rows of two factors, limits and equations of one width.
template <class Real>
struct Problem {
  explicit Problem(Index components)
      : k(components),
        width(step_width<Real>(components)),
        A(static_cast<std::size_t>(kRows * width)),
        S(static_cast<std::size_t>(kColumns * width)),
        of_A(width),
        of_S(width) {
    const RandomField field(5, Purpose::start_A);
    for (Index l = 0; l < k; ++l) {
      for (Index i = 0; i < kRows; ++i) at(A, i, l) = static_cast<Real>(field.uniform(i, l));
      for (Index j = 0; j < kColumns; ++j) {
        at(S, j, l) = static_cast<Real>(field.uniform(100 + j, l));
      }
      for (RowLimits<Real>* limits : {&of_A, &of_S}) {
        limits->most[static_cast<std::size_t>(l)] = std::numeric_limits<Real>::max();
      }
    }
    for (int i = 0; i < kRows; ++i) {
      for (int j = 0; j < kColumns; ++j) {
        if ((i + 2 * j) % 3 == 0) continue;
        equations.push_back({i, j, static_cast<Real>(3 * field.uniform(i, 50 + j)),
                             static_cast<Real>(0.5 + field.uniform(i, 80 + j))});
      }
    }
    const auto share = [&](Index i) {
      const auto known = static_cast<Real>(i + 1);
      return LineShare<Real>{1 / known, 1 / std::sqrt(known)};
    };
    for (Index i = 0; i < kRows; ++i) shares.push_back(share(i));
  }
  void penalise() {
    for (Index l = 0; l < k; ++l) {
      const auto at = static_cast<std::size_t>(l);
      of_A.l1[at] = Real(0.1);
      of_A.l2[at] = Real(0.2);
      of_S.pull[at] = Real(0.3);
      of_S.pull_towards[at] = Real(0.3) * Real(0.7);
    }
    penalised = true;
  }
  Real& at(AlignedVector<Real>& W, Index i, Index l) const {
    return W[static_cast<std::size_t>(i * width + l)];
  }
  void take(EquationOrder order, Real step) {
    take_equations<Real>(equations, order, step, {A.data(), shares.data(), &of_A},
                         {S.data(), shares.data(), &of_S}, width, penalised);
  }

  /// One row less its share of the penalty, and within its limits.
  Real moved(Real w, Real by, const RowLimits<Real>& limits, Index i, Index l, Real step) const {
    const auto at = static_cast<std::size_t>(l);
    const LineShare<Real> share = shares[static_cast<std::size_t>(i)];
    const Real slope = share.each * (limits.l1[at] + limits.l2[at] * w) +
                       share.root * (limits.pull[at] * w - limits.pull_towards[at]);
    return std::clamp(w + by - step * slope, limits.least[at], limits.most[at]);
  }
  void take_plainly(EquationOrder order, Real step) {
    const auto count = static_cast<Index>(equations.size());
    for (Index e = 0; e < count; ++e) {
      const auto& [i, j, x, weight] =
          equations[static_cast<std::size_t>((order.first + e * order.stride) % count)];
      Real product = 0;
      Real squares = 0;
      for (Index l = 0; l < k; ++l) {
        product += at(A, i, l) * at(S, j, l);
        squares += at(A, i, l) * at(A, i, l) + at(S, j, l) * at(S, j, l);
      }
      const Real by = step * weight * (x - product) / (1 + step * weight * squares);
      for (Index l = 0; l < k; ++l) {
        const Real a = at(A, i, l);
        const Real s = at(S, j, l);
        at(A, i, l) = moved(a, by * s, of_A, i, l, step);
        at(S, j, l) = moved(s, by * a, of_S, j, l, step);
      }
    }
  }

  Index k;
  Index width;
  AlignedVector<Real> A, S;
  RowLimits<Real> of_A, of_S;
  std::vector<LineShare<Real>> shares;
  std::vector<Equation<Real>> equations;
  bool penalised = false;
};

template <class Real>
class EquationSteps : public ::testing::Test {};
using Reals = ::testing::Types<double, float>;
TYPED_TEST_SUITE(EquationSteps, Reals);

TYPED_TEST(EquationSteps, AreThoseOfPlainLoops) {
  using Real = TypeParam;
  for (const Index k : {1, 3, 8, 16, 17, 32, 100}) {
    for (const bool penalised : {false, true}) {
      SCOPED_TRACE("k " + std::to_string(k) + (penalised ? ", penalised" : ""));
      Problem<Real> found(k);
      if (penalised) found.penalise();
      Problem<Real> expected = found;
      for (const EquationOrder order : {EquationOrder{0, 1}, EquationOrder{4, 5}}) {
        found.take(order, Real(0.1));
        expected.take_plainly(order, Real(0.1));
      }
      const double rounding = 1e3 * static_cast<double>(std::numeric_limits<Real>::epsilon());
      for (std::size_t e = 0; e < found.A.size(); ++e) {
        EXPECT_NEAR(found.A[e], expected.A[e], rounding);
      }
      for (std::size_t e = 0; e < found.S.size(); ++e) {
        EXPECT_NEAR(found.S[e], expected.S[e], rounding);
      }
    }
  }
}

TYPED_TEST(EquationSteps, StayWithinTheirLimits) {
  using Real = TypeParam;
  Problem<Real> problem(5);
  problem.of_A.least[1] = problem.of_A.most[1] = Real{1};  // a column that stays
  problem.of_S.least[2] = -std::numeric_limits<Real>::max();
  for (Equation<Real>& equation : problem.equations) equation.value = Real(-3);
  for (int i = 0; i < 20; ++i) problem.take({0, 1}, Real(0.5));
  for (Index i = 0; i < kRows; ++i) {
    EXPECT_EQ(problem.at(problem.A, i, 1), Real{1});
    for (Index l = 0; l < problem.width; ++l) EXPECT_GE(problem.at(problem.A, i, l), 0);
  }
  bool negative = false;
  for (Index j = 0; j < kColumns; ++j) {
    negative = negative || problem.at(problem.S, j, 2) < 0;
    EXPECT_GE(problem.at(problem.S, j, 0), 0);
  }
  EXPECT_TRUE(negative);
}

/// Where a gradient step would leave the ground, one is at most the projection.
TYPED_TEST(EquationSteps, NeverOvershoot) {
  using Real = TypeParam;
  Problem<Real> problem(4);
  for (Real& value : problem.A) value *= 100;
  for (int i = 0; i < 50; ++i) problem.take({0, 1}, Real(1000));
  for (const Real value : problem.A) EXPECT_LT(value, 200);
  for (const Real value : problem.S) EXPECT_TRUE(std::isfinite(value));
}

}  // namespace
}  // namespace partita
