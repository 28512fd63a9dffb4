// Rules that see entries: against the optimality conditions of each row and sums by plain loops.
#include "update/panel_rule.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include <Eigen/Dense>
#include <gtest/gtest.h>

#include "base/random.hpp"
#include "update/rules.hpp"

namespace partita {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Eigen::VectorXd;

constexpr Index kRows = 9;
constexpr Index kColumns = 14;
constexpr Index kComponents = 4;

/// X with stored entries, their weights and another factor. Row 0 is full, row 1 empty, row 2 has
/// one entry; of others a third or four fifths are stored.
struct Problem {
  Problem(double omega, bool weighted, std::uint64_t seed)
      : unstored(omega), x(kRows, kColumns), weight(kRows, kColumns), H(kColumns, kComponents) {
    const RandomField field(seed, Purpose::start_A);
    for (Index j = 0; j < kColumns; ++j) {
      for (Index l = 0; l < kComponents; ++l) H(j, l) = field.uniform(1000 + j, l);
    }
    X.entries.begin.push_back(0);
    for (Index i = 0; i < kRows; ++i) {
      const double share = i == 0 ? 1 : i == 1 ? 0 : i % 2 == 0 ? 0.33 : 0.8;
      for (Index j = 0; j < kColumns; ++j) {
        const bool stored = i == 2 ? j == 3 : field.uniform(i, 100 + j) < share;
        x(i, j) = stored ? 3 * field.uniform(i, j) : 0;
        weight(i, j) = !stored ? omega : weighted ? 2 * field.uniform(i, 200 + j) : 1;
        if (!stored) continue;
        X.entries.columns.push_back(static_cast<std::int32_t>(j));
        X.entries.values.push_back(x(i, j));
        if (weighted) X.weights.push_back(weight(i, j));
      }
      X.entries.begin.push_back(static_cast<Index>(X.entries.columns.size()));
    }
  }
  [[nodiscard]] Matrix factor() const {
    return Eigen::Map<const Matrix>(H.data(), kColumns, kComponents);
  }
  [[nodiscard]] GramMatrix gram() const {
    GramMatrix G(kComponents);
    Eigen::Map<Matrix>(G.data(), kComponents, kComponents) = factor().transpose() * factor();
    return G;
  }
  /// Slope of a row's objective at w.
  [[nodiscard]] VectorXd slope(Index i, const VectorXd& w, FactorPenalty p) const {
    const VectorXd residual =
        (factor() * w - x.row(i).transpose()).cwiseProduct(weight.row(i).transpose());
    return factor().transpose() * residual + VectorXd::Constant(kComponents, p.l1) + p.l2 * w;
  }
  void update(const PanelRule<double>& rule, TallMatrix<double>& W, int times) const {
    for (int t = 0; t < times; ++t) {
      for (const Range rows : {Range{0, 4}, Range{4, kRows}}) {
        rule.update({W.row(rows.begin), rows.size(), kComponents, kComponents}, {X, rows, unstored},
                    whole(H), gram());
      }
    }
  }

  double unstored;
  Matrix x;
  Matrix weight;
  TallMatrix<double> H;
  EntryRows<double> X;
};

TallMatrix<double> start() {
  TallMatrix<double> W(kRows, kComponents);
  std::ranges::fill(W.values(), 0.5);
  return W;
}

VectorXd row(const TallMatrix<double>& W, Index i) {
  return VectorXd::Map(W.row(i), W.width());
}

template <class Check>
void for_all_problems(Check check) {
  for (const double omega : {0.0, 0.3, 1.0}) {
    for (const bool weighted : {false, true}) {
      SCOPED_TRACE("unstored " + std::to_string(omega) + (weighted ? ", weighted" : ""));
      check(Problem(omega, weighted, 7));
    }
  }
}

TEST(PanelRules, EndAtThePlaceWhereNoEntryCanImprove) {
  const FactorPenalty penalty{.l1 = 0.1, .l2 = 0.05};
  for_all_problems([&](const Problem& problem) {
    std::vector<std::unique_ptr<PanelRule<double>>> rules;
    rules.push_back(make_row_residual_rule<double>({.plain = penalty}, true));
    rules.push_back(make_row_gram_rule<double>(make_hals_rule<double>(4, penalty)));
    rules.push_back(make_row_gram_rule<double>(make_bpp_rule<double>(penalty)));
    for (const auto& rule : rules) {
      TallMatrix<double> W = start();
      problem.update(*rule, W, 400);
      for (Index i = 0; i < kRows; ++i) {
        const VectorXd w = row(W, i);
        const VectorXd slope = problem.slope(i, w, penalty);
        for (Index l = 0; l < kComponents; ++l) {
          EXPECT_GE(w(l), 0);
          EXPECT_NEAR(std::min(w(l), slope(l)), 0, 1e-9) << "row " << i;
        }
      }
    }
  });
}

TEST(PanelRules, ARowWhoseEntriesDoNotCountIsWhatThePenaltyPrefers) {
  Problem problem(0, true, 7);
  const auto begin = static_cast<std::size_t>(problem.X.entries.begin[4]);
  const auto end = static_cast<std::size_t>(problem.X.entries.begin[5]);
  ASSERT_LT(begin, end);
  std::fill(problem.X.weights.begin() + begin, problem.X.weights.begin() + end, 0.0);
  const EntryPenalty penalty{.plain = {}, .pull = 0.7, .centre = 0.25};
  std::vector<std::unique_ptr<PanelRule<double>>> rules;
  rules.push_back(make_row_residual_rule<double>(penalty, true));
  rules.push_back(make_row_gram_rule<double>(make_hals_rule<double>(4, {}), penalty));
  for (const auto& rule : rules) {
    TallMatrix<double> W = start();
    problem.update(*rule, W, 1);
    for (Index l = 0; l < kComponents; ++l) EXPECT_EQ(W(4, l), 0.25);
  }
}

TEST(PanelRules, WithoutConstraintTheSlopeVanishes) {
  for_all_problems([&](const Problem& problem) {
    TallMatrix<double> W = start();
    problem.update(*make_row_gram_rule<double>(make_least_squares_rule<double>({})), W, 1);
    for (Index i = 0; i < kRows; ++i) {
      EXPECT_LT(problem.slope(i, row(W, i), {}).norm(), 1e-9) << "row " << i;
    }
  });
}

TEST(PanelRules, NoUpdateRaisesTheLoss) {
  for_all_problems([&](const Problem& problem) {
    const auto loss = [&](const TallMatrix<double>& W) {
      return entry_loss<double>(whole(W), {problem.X, {0, kRows}, problem.unstored},
                                whole(problem.H), problem.gram());
    };
    for (const auto& rule : {make_row_residual_rule<double>({}, true),
                             make_row_gram_rule<double>(make_hals_rule<double>(4, {})),
                             make_row_gram_rule<double>(make_multiplicative_rule<double>(1, {}))}) {
      TallMatrix<double> W = start();
      double before = loss(W);
      for (int t = 0; t < 20; ++t) {
        problem.update(*rule, W, 1);
        EXPECT_LE(loss(W), before * (1 + 1e-12));
        before = loss(W);
      }
    }
  });
}

TEST(EntryLoss, IsTheSumOverEveryEntryByItsWeight) {
  for_all_problems([&](const Problem& problem) {
    const TallMatrix<double> W = start();
    const Matrix model =
        Eigen::Map<const Matrix>(W.data(), kRows, kComponents) * problem.factor().transpose();
    const double expected =
        (problem.x - model).array().square().cwiseProduct(problem.weight.array()).sum();
    const double loss = entry_loss<double>(whole(W), {problem.X, {0, kRows}, problem.unstored},
                                           whole(problem.H), problem.gram());
    EXPECT_NEAR(loss, expected, 1e-12 * expected);
  });
}

TEST(EntryLoss, WhatIsNoNumberIsSeen) {
  const Problem problem(0.3, false, 7);
  TallMatrix<double> W = start();
  W(4, 1) = std::nan("");
  EXPECT_TRUE(std::isnan(entry_loss<double>(whole(W), {problem.X, {0, kRows}, problem.unstored},
                                            whole(problem.H), problem.gram())));
}

}  // namespace
}  // namespace partita
