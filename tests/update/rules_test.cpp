// The update rules against brute force, Eigen and their own guarantees; weighted draws; a Kaczmarz
// step.
#include "update/rules.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include <Eigen/Dense>
#include <gtest/gtest.h>

#include "base/random.hpp"
#include "update/kaczmarz.hpp"
#include "update/weight_tree.hpp"

namespace partita {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Eigen::VectorXd;

/// Rows of least squares with G = FᵀF and C such that about half of the constraints bind.
struct Problem {
  Problem(Index rows, Index k, std::uint64_t seed) : gram(k), C(rows, k), W(rows, k) {
    const RandomField field(seed, Purpose::start_A);
    Matrix F(2 * k + 3, k);
    for (Index i = 0; i < F.rows(); ++i) {
      for (Index j = 0; j < k; ++j) F(i, j) = field.uniform(i, j);
    }
    Eigen::Map<Matrix>(gram.data(), k, k) = F.transpose() * F;
    const RandomField goal(seed, Purpose::start_S);
    Matrix wanted(rows, k);
    for (Index i = 0; i < rows; ++i) {
      for (Index j = 0; j < k; ++j) {
        wanted(i, j) = goal.normal(i, j);
        W(i, j) = goal.uniform(i, j) < 0.5 ? 0 : goal.uniform(i, j);
      }
    }
    Eigen::Map<Matrix>(C.data(), rows, k) = wanted * G();
  }
  [[nodiscard]] Eigen::Map<const Matrix> G() const {
    return {gram.data(), gram.size(), gram.size()};
  }
  [[nodiscard]] VectorXd c(Index i) const { return VectorXd::Map(C.row(i), C.width()); }
  [[nodiscard]] VectorXd w(Index i) const { return VectorXd::Map(W.row(i), W.width()); }
  [[nodiscard]] double objective(Index i, FactorPenalty p = {}) const {
    return 0.5 * w(i).dot(G() * w(i)) - c(i).dot(w(i)) + p.l1 * w(i).sum() +
           0.5 * p.l2 * w(i).squaredNorm();
  }
  void update(const RowRule<double>& rule) {
    const Index k = W.width();
    rule.update({W.data(), W.rows(), k, k}, whole(C), gram);
  }

  GramMatrix gram;
  TallMatrix<double> C;
  TallMatrix<double> W;
};

/// Solution of the bounded problem: the best over all 2^k passive sets.
VectorXd by_brute_force(const Matrix& G, const VectorXd& c) {
  const Index k = c.size();
  VectorXd best = VectorXd::Zero(k);
  double least = 0;
  for (unsigned set = 1; set < (1U << k); ++set) {
    std::vector<Index> inside;
    for (Index j = 0; j < k; ++j) {
      if ((set >> j & 1U) != 0) inside.push_back(j);
    }
    const Matrix part = G(inside, inside);
    const VectorXd solution = part.ldlt().solve(VectorXd(c(inside)));
    if (solution.minCoeff() < 0) continue;
    VectorXd w = VectorXd::Zero(k);
    for (std::size_t j = 0; j < inside.size(); ++j) w[inside[j]] = solution[Index(j)];
    const double value = 0.5 * w.dot(G * w) - c.dot(w);
    if (value < least) {
      least = value;
      best = w;
    }
  }
  return best;
}

TEST(Bpp, IsTheBestOfAllPassiveSets) {
  for (Index k = 1; k <= 6; ++k) {
    for (const FactorPenalty penalty : {FactorPenalty{}, FactorPenalty{0.2, 0.3}}) {
      Problem p(40, k, 100 + static_cast<std::uint64_t>(k));
      p.update(*make_bpp_rule<double>(penalty));
      const Matrix G = p.G() + penalty.l2 * Matrix::Identity(k, k);
      for (Index i = 0; i < p.W.rows(); ++i) {
        const VectorXd c = (p.c(i).array() - penalty.l1).matrix();
        EXPECT_LE((p.w(i) - by_brute_force(G, c)).norm(), 1e-8 * (1 + c.norm())) << k << ' ' << i;
      }
    }
  }
}

TEST(Bpp, MeetsTheKktConditionsBeyondOneWordOfComponents) {
  Problem p(25, 70, 1);
  p.update(*make_bpp_rule<double>({}));
  Index active = 0;
  for (Index i = 0; i < p.W.rows(); ++i) {
    const VectorXd gradient = p.G() * p.w(i) - p.c(i);
    const double small = 1e-8 * p.c(i).cwiseAbs().maxCoeff();
    for (Index j = 0; j < p.W.width(); ++j) {
      EXPECT_GE(p.W(i, j), 0);
      EXPECT_GE(gradient[j], -small);
      if (p.W(i, j) > 0) {
        EXPECT_NEAR(gradient[j], 0, small);
      }
      active += p.W(i, j) == 0 ? 1 : 0;
    }
  }
  EXPECT_GT(active, 25 * 10) << "the case must have constraints that bind";
}

TEST(Bpp, DoesNotDependOnTheStart) {
  Problem warm(30, 12, 2);
  Problem cold(30, 12, 2);
  cold.W.fill(0);
  warm.update(*make_bpp_rule<double>({}));
  cold.update(*make_bpp_rule<double>({}));
  for (Index i = 0; i < 30; ++i) EXPECT_LE((warm.w(i) - cold.w(i)).norm(), 1e-10);
}

TEST(Bpp, DependentComponentsStayFinite) {
  Problem p(10, 5, 3);
  for (Index j = 0; j < 5; ++j) {  // components 1 and 3 are the same
    p.gram(3, j) = p.gram(1, j);
  }
  for (Index j = 0; j < 5; ++j) p.gram(j, 3) = p.gram(j, 1);
  for (Index i = 0; i < 10; ++i) p.C(i, 3) = p.C(i, 1);
  p.update(*make_bpp_rule<double>({}));
  for (const double w : p.W.values()) {
    EXPECT_TRUE(std::isfinite(w));
    EXPECT_GE(w, 0);
  }
  GramMatrix zero(5);
  p.C.fill(0);
  make_bpp_rule<double>({})->update({p.W.data(), 10, 5, 5}, whole(p.C), zero);
  for (const double w : p.W.values()) EXPECT_TRUE(std::isfinite(w));
}

TEST(LeastSquares, EqualsEigen) {
  Problem p(20, 9, 4);
  p.update(*make_least_squares_rule<double>({}));
  for (Index i = 0; i < 20; ++i) {
    const VectorXd expected = Matrix(p.G()).ldlt().solve(p.c(i));
    EXPECT_LE((p.w(i) - expected).norm(), 1e-9 * (1 + expected.norm()));
  }
}

TEST(LeastSquares, HasTheLeastNormWhereDeficient) {
  const Index k = 6;
  Problem p(8, k, 5);
  Matrix F = Matrix::Random(3, k);  // rank 3
  const Matrix G = F.transpose() * F;
  Eigen::Map<Matrix>(p.gram.data(), k, k) = G;
  Eigen::Map<Matrix>(p.C.data(), 8, k) = Matrix::Random(8, k) * G;
  p.update(*make_least_squares_rule<double>({}));
  const Eigen::CompleteOrthogonalDecomposition<Matrix> exact(G);
  for (Index i = 0; i < 8; ++i) {
    const VectorXd expected = exact.solve(p.c(i));
    EXPECT_LE((p.w(i) - expected).norm(), 1e-8 * (1 + expected.norm()));
  }
}

TEST(LeastSquares, PenaltiesShiftTheSolution) {
  const FactorPenalty penalty{0.4, 2.5};
  Problem p(6, 4, 6);
  p.update(*make_least_squares_rule<double>(penalty));
  for (Index i = 0; i < 6; ++i) {
    const VectorXd gradient =
        p.G() * p.w(i) + penalty.l2 * p.w(i) - p.c(i) + VectorXd::Constant(4, penalty.l1);
    EXPECT_LE(gradient.norm(), 1e-10 * (1 + p.c(i).norm()));
  }
}

TEST(Clip, IsLeastSquaresWithoutTheNegativePart) {
  Problem clipped(20, 7, 7);
  Problem free(20, 7, 7);
  clipped.update(*make_clip_rule<double>({}));
  free.update(*make_least_squares_rule<double>({}));
  double least = 0;
  for (Index e = 0; e < free.W.size(); ++e) {
    least = std::min(least, free.W.data()[e]);
    EXPECT_EQ(clipped.W.data()[e], std::max(0.0, free.W.data()[e]));
  }
  EXPECT_LT(least, 0);
}

TEST(Multiplicative, NeverClimbs) {
  for (const FactorPenalty penalty : {FactorPenalty{}, FactorPenalty{0.1, 0.2}}) {
    constexpr int kSteps = 3;
    Problem p(20, 6, 8);
    for (double& c : p.C.values()) c = std::abs(c);  // as X Sᵀ is
    for (double& w : p.W.values()) w += 0.1;
    const auto rule = make_multiplicative_rule<double>(kSteps, penalty);
    std::vector<double> before;
    for (Index i = 0; i < 20; ++i) before.push_back(p.objective(i, penalty));
    for (int pass = 0; pass < 30; ++pass) {
      p.update(*rule);
      for (Index i = 0; i < 20; ++i) {
        const double now = p.objective(i, penalty);
        double& last = before[std::size_t(i)];
        EXPECT_LE(now, last + 1e-12 * (1 + std::abs(last)));
        last = now;
      }
    }
    EXPECT_GE(*std::ranges::min_element(p.W.values()), 0);
  }
}

/// Zeros among the starts are no trap, nor are entries that end at zero: the minimum is reached.
TEST(Multiplicative, EndsAtTheMinimum) {
  for (const FactorPenalty penalty : {FactorPenalty{}, FactorPenalty{0.2, 0.3}}) {
    Problem p(20, 5, 8);
    Problem exact(20, 5, 8);
    const auto rule = make_multiplicative_rule<double>(40, penalty);
    for (int pass = 0; pass < 4000; ++pass) p.update(*rule);
    exact.update(*make_bpp_rule<double>(penalty));
    for (Index i = 0; i < 20; ++i) {
      EXPECT_LE((p.w(i) - exact.w(i)).norm(), 1e-6 * (1 + exact.w(i).norm())) << i;
    }
  }
}

TEST(Multiplicative, ZeroModelGivesNoNan) {
  Problem p(3, 2, 9);
  p.W.fill(0);
  p.C.fill(0);
  p.gram = GramMatrix(2);
  p.update(*make_multiplicative_rule<double>(7, {}));
  for (const double w : p.W.values()) EXPECT_EQ(w, 0);
}

/// Every rule treats rows alone: any cut of the rows gives the same bits.
TEST(Rules, RowsAreIndependentToTheLastBit) {
  std::vector<std::unique_ptr<RowRule<double>>> rules;
  rules.push_back(make_hals_rule<double>(7, {0.1, 0.1}));
  rules.push_back(make_bpp_rule<double>({}));
  rules.push_back(make_least_squares_rule<double>({}));
  rules.push_back(make_clip_rule<double>({}));
  rules.push_back(make_multiplicative_rule<double>(7, {}));
  for (const auto& rule : rules) {
    Problem together(23, 5, 10);
    Problem apart(23, 5, 10);
    together.update(*rule);
    for (const Range rows : {Range{0, 1}, Range{1, 9}, Range{9, 23}}) {
      rule->update({apart.W.row(rows.begin), rows.size(), 5, 5},
                   {apart.C.row(rows.begin), rows.size(), 5, 5}, apart.gram);
    }
    EXPECT_TRUE(std::ranges::equal(together.W.values(), apart.W.values()));
  }
}

TEST(WeightTree, DrawsInProportion) {
  for (const Index count : {1, 2, 3, 7, 64, 100}) {
    WeightTree tree(count);
    double total = 0;
    for (Index i = 0; i < count; ++i) {
      tree.set(i, static_cast<double>(i % 5));  // some are zero
      total += static_cast<double>(i % 5);
    }
    if (count == 1) tree.set(0, total = 2);
    EXPECT_DOUBLE_EQ(tree.total(), total);
    constexpr Index kDraws = 20000;
    std::vector<Index> hits(std::size_t(count), 0);
    for (Index d = 0; d < kDraws; ++d) {
      const Index i = tree.draw((static_cast<double>(d) + 0.5) / kDraws);
      ASSERT_GE(i, 0);
      ASSERT_LT(i, count);
      ++hits[std::size_t(i)];
    }
    for (Index i = 0; i < count; ++i) {
      const double weight = count == 1 ? 2 : static_cast<double>(i % 5);
      EXPECT_NEAR(static_cast<double>(hits[std::size_t(i)]), kDraws * weight / total, 2);
    }
  }
}

TEST(WeightTree, FollowsChangesAndEnds) {
  WeightTree tree(6);
  tree.set(1, 0.1);
  tree.set(4, 0.3);
  EXPECT_EQ(tree.draw(0), 1);
  EXPECT_EQ(tree.draw(std::nextafter(1.0, 0.0)), 4);
  EXPECT_EQ(tree.draw(1), 4) << "never beyond the last weight";
  tree.set(4, 0);
  EXPECT_EQ(tree.draw(0.999), 1);
  EXPECT_DOUBLE_EQ(tree.total(), 0.1);
  EXPECT_EQ(WeightTree(0).total(), 0);
}

/// A step without upper limit.
KaczmarzStep step_of(double relaxation, bool nonnegative) {
  return {.relaxation = relaxation,
          .cap = std::numeric_limits<double>::infinity(),
          .nonnegative = nonnegative};
}

TEST(KaczmarzStep, ProjectsOnTheHyperplane) {
  const std::vector<double> a{1, 2, -2};
  std::vector<double> s{3, 1, 1};
  kaczmarz_step(s, a, 12, step_of(1, false));
  EXPECT_NEAR(s[0] + 2 * s[1] - 2 * s[2], 12, 1e-14);
  EXPECT_NEAR((s[0] - 3) * 2, s[1] - 1, 1e-14) << "along a";
  std::vector<double> half{3, 1, 1};
  kaczmarz_step(half, a, 12, step_of(0.5, false));
  for (std::size_t j = 0; j < 3; ++j) {
    EXPECT_NEAR(half[j] - std::vector<double>({3, 1, 1})[j],
                (s[j] - std::vector<double>({3, 1, 1})[j]) / 2, 1e-14);
  }
}

TEST(KaczmarzStep, ClipsOnlyWhenAsked) {
  const std::vector<double> a{1, 1};
  std::vector<double> free{0.1, 3};
  std::vector<double> clipped = free;
  kaczmarz_step(free, a, 0, step_of(1, false));
  kaczmarz_step(clipped, a, 0, step_of(1, true));
  EXPECT_LT(free[0], 0);
  EXPECT_EQ(clipped[0], 0);
  EXPECT_EQ(clipped[1], free[1]);
}

TEST(KaczmarzStep, ZeroRowDoesNothing) {
  std::vector<double> s{1, 2};
  kaczmarz_step(s, std::vector<double>{0, 0}, 5, step_of(1, true));
  EXPECT_EQ(s, (std::vector<double>{1, 2}));
}

TEST(KaczmarzStep, CapLimitsTheStepOfSmallRows) {
  std::vector<double> s{0, 0};
  kaczmarz_step(s, std::vector<double>{0.01, 0}, 1,
                {.relaxation = 1, .cap = 1, .nonnegative = false});
  EXPECT_DOUBLE_EQ(s[0], 0.01) << "instead of 100";
}

/// Steps on all rows in turn, each of the whole relaxation, end near the penalised minimum of one
/// column: for orthogonal rows of equal norm it is known.
TEST(KaczmarzStep, PenaltiesPullTowardsThePenalisedMinimum) {
  const std::vector<std::vector<double>> rows{{2, 0}, {0, 2}};
  const std::vector<double> x{6, 0.1};
  KaczmarzStep how = step_of(1e-3, true);
  how.penalty = {.l1 = 1, .l2 = 4};
  how.squared_norm = 8;
  std::vector<double> s{1, 1};
  for (int step = 0; step < 40000; ++step) {
    const auto row = static_cast<std::size_t>(step % 2);
    kaczmarz_step(s, rows[row], x[row], how);
  }
  // argmin ½ (6 - 2 s)² + s + 2 s²: (12 - 1) / (4 + 4)
  EXPECT_NEAR(s[0], 11.0 / 8, 2e-3);
  EXPECT_NEAR(s[1], 0, 2e-3) << "0.2 - 1 is negative";
}

}  // namespace
}  // namespace partita
