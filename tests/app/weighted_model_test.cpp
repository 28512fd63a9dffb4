// Weighted new data on a fitted model: transform and evaluate, against plain loops and fit itself.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "app/model_runner.hpp"

namespace partita::app {
namespace {

class WeightedModel : public ModelTest {};

/// Weights of x.csv, some of them 0.
Table weights_of(const Table& x) {
  Table weights = sample(x.rows.size(), x.columns.size(), 3, "r");
  for (auto& row : weights.values) {
    for (double& value : row) value = value < 2 ? 0 : value / 4;
  }
  return weights;
}

/// A weighted problem is one of rows times the roots of their weights.
void expect_weighted_optimum(const std::vector<double>& w, std::vector<double> x, Matrix S,
                             const std::vector<double>& weights) {
  for (std::size_t j = 0; j < x.size(); ++j) {
    const double root = std::sqrt(weights[j]);
    x[j] *= root;
    for (auto& component : S) component[j] *= root;
  }
  expect_optimal(w, x, S);
}

TEST_F(WeightedModel, TransformTakesWeights) {
  const Table weights = weights_of(x);
  runner.write("w.csv", weights.text());
  Table uncertainties = weights;
  for (auto& row : uncertainties.values) {
    for (double& value : row) value = value > 0 ? 1 / std::sqrt(value) : 1e9;
  }
  runner.write("u.csv", uncertainties.text());
  succeed("transform --model m x.csv --weights w.csv --output a.csv --quiet");
  const Matrix new_A = parse(contents(runner.path("a.csv"))).values;
  for (std::size_t i = 0; i < new_A.size(); ++i) {
    expect_weighted_optimum(new_A[i], x.values[i], S, weights.values[i]);
  }
  succeed("transform --model m x.csv --weights w.csv --columns --output s.csv --quiet");
  const Matrix new_S = transposed(parse(contents(runner.path("s.csv"))).values);
  for (std::size_t j = 0; j < new_S.size(); ++j) {
    expect_weighted_optimum(new_S[j], transposed(x.values)[j], transposed(A),
                            transposed(weights.values)[j]);
  }
  succeed("transform --model m x.csv --uncertainties u.csv --output b.csv --quiet");
  const Matrix by_uncertainty = parse(contents(runner.path("b.csv"))).values;
  for (std::size_t i = 0; i < new_A.size(); ++i) {
    for (std::size_t c = 0; c < new_A[i].size(); ++c) {
      EXPECT_NEAR(by_uncertainty[i][c], new_A[i][c], 1e-6);
    }
  }
}

/// Columns that are matched by name take their weights along.
TEST_F(WeightedModel, WeightsFollowTheirColumns) {
  Table turned = x;
  Table weights = weights_of(x);
  runner.write("w.csv", weights.text());
  for (Table* table : {&turned, &weights}) {
    std::reverse(table->columns.begin(), table->columns.end());
    for (auto& row : table->values) std::reverse(row.begin(), row.end());
  }
  runner.write("turned.csv", turned.text());
  runner.write("turned-w.csv", weights.text());
  succeed("transform --model m x.csv --weights w.csv --output a.csv --quiet");
  succeed("transform --model m turned.csv --weights turned-w.csv --output b.csv --quiet");
  const Matrix straight = parse(contents(runner.path("a.csv"))).values;
  const Matrix back = parse(contents(runner.path("b.csv"))).values;
  for (std::size_t i = 0; i < straight.size(); ++i) {
    for (std::size_t c = 0; c < straight[i].size(); ++c) {
      EXPECT_NEAR(back[i][c], straight[i][c], 1e-9 * (1 + std::abs(straight[i][c])));
    }
  }
}

/// evaluate says what fit said, of whatever counted in it.
TEST_F(WeightedModel, EvaluateCountsAsTheRunDid) {
  const Table weights = weights_of(x);
  runner.write("w.csv", weights.text());
  std::string mtx = "%%MatrixMarket matrix coordinate real general\n14 7 30\n";
  for (int e = 0; e < 30; ++e) {
    mtx += std::to_string(e % 14 + 1) + " " + std::to_string((e * 3 + e / 14) % 7 + 1) + " " +
           std::to_string(1 + e % 5) + "\n";
  }
  runner.write("x.mtx", mtx);
  Table holes = x;
  holes.values[2][3] = holes.values[9][1] = std::nan("");
  runner.write("holes.csv", holes.text());
  for (const auto& [how, stated] : {std::pair<std::string, std::string>{"x.csv", ""},
                                    {"x.csv --weights w.csv", " --weights w.csv"},
                                    {"x.mtx --unstored 0.3", ""},
                                    {"x.mtx --unstored missing", ""},
                                    {"holes.csv --nan missing", ""}}) {
    const std::string file = how.substr(0, how.find(' '));
    const Outcome fitted = succeed("fit -k 2 " + how + " --output again --overwrite --quiet");
    const Outcome evaluated = succeed("evaluate " + file + " --model again --quiet" + stated);
    EXPECT_NEAR(evaluated.number("relative_error"), fitted.number("relative_error"), 1e-12) << how;
  }
  // its own words come first
  succeed("fit -k 2 x.mtx --unstored missing --output again --overwrite --quiet");
  EXPECT_GT(succeed("evaluate x.mtx --model again --unstored zero --quiet").number("rmse"), 0);
  EXPECT_EQ(succeed("evaluate x.mtx --model again --quiet").number("entries"), 30);
  EXPECT_EQ(succeed("evaluate x.mtx --model again --unstored zero --quiet").number("entries"), 98);
}

TEST_F(WeightedModel, WeightsThatDoNotFitAreRefused) {
  runner.write("small.csv", "1,2\n3,4\n");
  Table negative = weights_of(x);
  negative.values[5][2] = -1;
  runner.write("negative.csv", negative.text());
  Table none = negative;
  for (auto& row : none.values) row.assign(row.size(), 0.0);
  runner.write("none.csv", none.text());
  for (const std::string command :
       {"transform --model m x.csv --output t.csv --quiet", "evaluate x.csv --model m --quiet"}) {
    refuse(command + " --weights small.csv", 65, {"small.csv", "2 x 2", "14 x 7"});
    refuse(command + " --weights negative.csv", 65, {"negative.csv", "-1"});
    refuse(command + " --weights none.csv", 65, {"x.csv", "weight 0"});
    refuse(command + " --uncertainties none.csv", 65, {"none.csv", "uncertainty of 0"});
    refuse(command + " --weights a.csv --uncertainties b.csv", 64, {"--weights"});
    refuse(command + " --nan missing --unstored zero", 64, {"--nan missing"});
  }
}

}  // namespace
}  // namespace partita::app
