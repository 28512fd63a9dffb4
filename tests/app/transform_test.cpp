// transform: new rows and columns on a fitted model, against the conditions of the minimum.
#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "app/model_runner.hpp"

namespace partita::app {
namespace {

class TransformTest : public ModelTest {};

TEST_F(TransformTest, NewRowsAreTheExactMinimum) {
  const Table fresh = sample(9, 7, 3, "n");
  const Table W = transformed(fresh);
  EXPECT_EQ(W.rows, fresh.rows);
  double residual = 0;
  double norm = 0;
  for (std::size_t i = 0; i < fresh.rows.size(); ++i) {
    expect_optimal(W.values[i], fresh.values[i], S);
    for (std::size_t j = 0; j < 7; ++j) {
      residual += std::pow(fresh.values[i][j] - dot(W.values[i], transposed(S)[j]), 2);
      norm += std::pow(fresh.values[i][j], 2);
    }
  }
  EXPECT_NEAR(error, std::sqrt(residual / norm), 1e-12);
  const Table penalised = transformed(fresh, "--l1 2.5 --l2 0.75");
  for (std::size_t i = 0; i < fresh.rows.size(); ++i) {
    expect_optimal(penalised.values[i], fresh.values[i], S, 2.5, 0.75);
  }
}

TEST_F(TransformTest, NewColumnsAreTheExactMinimum) {
  Table fresh = sample(14, 4, 5, "r");
  for (auto& name : fresh.columns) name = "new " + name;
  const Table W = transformed(fresh, "--columns --l2 0.5");
  EXPECT_EQ(W.columns, fresh.columns);
  EXPECT_EQ(W.rows.front(), "component_1");
  for (std::size_t j = 0; j < 4; ++j) {
    expect_optimal(transposed(W.values)[j], transposed(fresh.values)[j], transposed(A), 0, 0.5);
  }
}

TEST_F(TransformTest, TheSameOnAnyNumberOfProcesses) {
  runner.write("new.csv", sample(5, 7, 3, "n").text());
  for (const std::string side : {"--rows new.csv", "--columns x.csv"}) {
    std::string first;
    for (const int count : {1, processes(), 6}) {
      const Outcome outcome =
          runner.run(count, "transform --model m " + side + " --overwrite --output w.npy");
      EXPECT_EQ(outcome.code, 0) << outcome.err;
      const std::string file = contents(runner.path("w.npy"));
      if (first.empty()) first = file;
      EXPECT_TRUE(file == first) << side << " on " << count;
    }
  }
}

TEST_F(TransformTest, NamesAreMatchedInAnyOrder) {
  const Table fresh = sample(5, 7, 3, "n");
  const Table expected = transformed(fresh);
  const double expected_error = error;
  Table turned = fresh;  // reversed, and one more that the model does not know
  std::ranges::reverse(turned.columns);
  for (auto& row : turned.values) std::ranges::reverse(row);
  turned.columns.emplace_back("stranger");
  for (auto& row : turned.values) row.push_back(3);
  const Table found = transformed(turned);
  EXPECT_NE(told.find("1 column unknown to the model, left out: \"stranger\""), std::string::npos)
      << told;
  EXPECT_NEAR(error, expected_error, 1e-13);
  for (std::size_t i = 0; i < 5; ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      EXPECT_NEAR(found.values[i][c], expected.values[i][c], 1e-11);
    }
  }
  Table rows = x;  // rows of the model in another order
  std::ranges::reverse(rows.rows);
  std::ranges::reverse(rows.values);
  const Table S_again = transformed(rows, "--columns");
  for (std::size_t j = 0; j < 7; ++j) {
    expect_optimal(transposed(S_again.values)[j], transposed(x.values)[j], transposed(A));
  }
}

TEST_F(TransformTest, NamesThatTheFileLacksAreZeroOrMissing) {
  const Table fresh = sample(5, 7, 3, "n");
  Table zeros = fresh;
  Table less = fresh;
  less.columns.erase(less.columns.begin() + 4);
  Matrix S_less = S;
  for (auto& row : S_less) row.erase(row.begin() + 4);
  for (std::size_t i = 0; i < 5; ++i) {
    zeros.values[i][4] = 0;
    less.values[i].erase(less.values[i].begin() + 4);
  }
  static_cast<void>(transformed(zeros));
  const double error_with_zeros = error;
  const Table as_zero = transformed(less);
  EXPECT_NE(told.find("1 column of the model not in it, taken as zero: \"c4\""), std::string::npos);
  EXPECT_NEAR(error, error_with_zeros, 1e-13);
  const Table as_missing = transformed(less, "--absent missing");
  EXPECT_NE(told.find("taken as missing"), std::string::npos);
  for (std::size_t i = 0; i < 5; ++i) {
    expect_optimal(as_zero.values[i], zeros.values[i], S);
    expect_optimal(as_missing.values[i], less.values[i], S_less);
  }
}

TEST_F(TransformTest, ConstraintAndPenaltiesAreThoseOfTheRun) {
  succeed("fit -k 3 x.csv --constraint none --output free --quiet");
  const Matrix S_free = parse(contents(runner.path("free/S.csv"))).values;
  const Table fresh = sample(5, 7, 3, "n");
  const Table W = transformed(fresh, "", "free");
  for (std::size_t i = 0; i < 5; ++i) {
    expect_optimal(W.values[i], fresh.values[i], S_free, 0, 0, false);
  }
  refuse("transform --model free new.csv --l1 1 --output q.csv", 64, {"--l1", "free"});
  succeed("fit -k 3 x.csv --l1-A 1.5 --l2-A 0.25 --l2-S 4 --l1-S 3 --output p --quiet");
  const Matrix S_p = parse(contents(runner.path("p/S.csv"))).values;
  const Matrix A_p = parse(contents(runner.path("p/A.csv"))).values;
  const Table P = transformed(fresh, "", "p");
  for (std::size_t i = 0; i < 5; ++i) expect_optimal(P.values[i], fresh.values[i], S_p, 1.5, 0.25);
  const Table Q = transformed(x, "--columns", "p");
  for (std::size_t j = 0; j < 7; ++j) {
    expect_optimal(transposed(Q.values)[j], transposed(x.values)[j], transposed(A_p), 3, 4);
  }
}

/// The equations of one row under weights: rows scaled by their square roots.
void expect_weighted(const std::vector<double>& w, std::vector<double> x, Matrix S,
                     const std::vector<double>& weights, double l1 = 0) {
  for (std::size_t j = 0; j < x.size(); ++j) {
    x[j] *= std::sqrt(weights[j]);
    for (auto& row : S) row[j] *= std::sqrt(weights[j]);
  }
  expect_optimal(w, x, S, l1);
}

TEST_F(TransformTest, EntriesThatAreNotKnown) {
  Matrix weights(14, std::vector<double>(7, 1));
  Table holes = x;
  for (std::size_t i = 0; i < 14; ++i) {
    for (std::size_t j = 0; j < 7; ++j) {
      if ((i * 3 + j) % 4 != 0 && i != 5) continue;  // row 5 has no entries
      weights[i][j] = 0;
      x.values[i][j] = 0;
      holes.values[i][j] = std::nan("");
    }
  }
  runner.write("holes.csv", holes.text());
  succeed("fit -k 3 x.csv --l1-A 0.5 --l1-S 0.25 --output known --quiet");
  succeed("fit -k 3 holes.csv --nan missing --l1-A 0.5 --l1-S 0.25 --output holes --quiet");
  for (const std::string model : {"known", "holes"}) {
    const Matrix its_A = parse(contents(runner.path(model + "/A.csv"))).values;
    const Matrix its_S = parse(contents(runner.path(model + "/S.csv"))).values;
    const std::string options = model == "known" ? "--nan missing " : "";
    const Table W = transformed(holes, options, model);
    double residual = 0;
    double norm = 0;
    for (std::size_t i = 0; i < 14; ++i) {
      expect_weighted(W.values[i], x.values[i], its_S, weights[i], 0.5);
      for (std::size_t j = 0; j < 7; ++j) {
        const double error_here = x.values[i][j] - dot(W.values[i], transposed(its_S)[j]);
        residual += weights[i][j] * error_here * error_here;
        norm += x.values[i][j] * x.values[i][j];
      }
    }
    EXPECT_EQ(W.values[5], std::vector<double>(3, 0.0));
    EXPECT_NEAR(error, std::sqrt(residual / norm), 1e-12);
    const Table of_columns = transformed(holes, options + "--columns", model);
    for (std::size_t j = 0; j < 7; ++j) {
      expect_weighted(transposed(of_columns.values)[j], transposed(x.values)[j], transposed(its_A),
                      transposed(weights)[j], 0.25);
    }
  }
  refuse("transform --model m holes.csv --output q.csv", 65, {"holes.csv: line 2"});
  refuse("transform --model holes holes.csv --nan error --output q.csv", 65, {"holes.csv: line 2"});
  refuse("transform --model holes holes.csv --unstored zero --output q.csv", 64, {"--unstored"});
}

TEST_F(TransformTest, EntriesThatAreNotStoredMayCountLess) {
  Table fresh = x;
  std::ostringstream entries;
  int count = 1;
  entries << "1 1 0\n";  // stated, so it counts
  Matrix weights(14, std::vector<double>(8, 0.3));
  fresh.values[0][0] = 0;
  weights[0][0] = 1;
  for (std::size_t i = 0; i < 14; ++i) {
    for (std::size_t j = 0; j < 7; ++j) {
      if ((i + j * j) % 3 == 0) fresh.values[i][j] = 0;
      if (fresh.values[i][j] == 0) continue;
      entries << i + 1 << ' ' << j + 1 << ' ' << fresh.values[i][j] << '\n';
      weights[i][j] = 1;
      ++count;
    }
  }
  runner.write("fresh.mtx", "%%MatrixMarket matrix coordinate real general\n14 7 " +
                                std::to_string(count) + "\n" + entries.str());
  succeed("transform --model m fresh.mtx --unstored 0.3 --output w.npy");
  succeed("transform --model m fresh.mtx --unstored 0.3 --output s.npy --columns");
  // As text: without names.
  succeed("convert w.npy --output w.csv");
  succeed("convert s.npy --output s.csv");
  const auto plain = [&](const std::string& file) {
    std::istringstream lines(contents(runner.path(file)));
    std::string named = "head\n";
    for (std::string line; std::getline(lines, line);) named += "," + line + "\n";
    return parse(named).values;
  };
  const Matrix W = plain("w.csv");
  const Matrix of_columns = plain("s.csv");
  ASSERT_EQ(W.size(), 14U);
  ASSERT_EQ(of_columns.size(), 3U);
  for (std::size_t i = 0; i < 14; ++i) expect_weighted(W[i], fresh.values[i], S, weights[i]);
  for (std::size_t j = 0; j < 7; ++j) {
    expect_weighted(transposed(of_columns)[j], transposed(fresh.values)[j], transposed(A),
                    transposed(weights)[j]);
  }
  refuse("transform --model m fresh.mtx --unstored 2 --output q.csv", 64, {"--unstored", "'2'"});
}

TEST_F(TransformTest, SparseFilesAndAnyUnit) {
  const Table dense = parse(contents(runner.path("x.csv")));
  const Table W = transformed(dense);
  const double expected = error;
  succeed("convert x.csv --output x.mtx");
  const Outcome sparse = succeed("transform --model m x.mtx --output s.csv");
  EXPECT_NEAR(sparse.number("relative_error"), expected, 1e-12);
  EXPECT_EQ(sparse.number("rows"), 14);
  // Squares of these vanish, or overflow.
  for (const double unit : {1e-200, 1e200}) {
    Table scaled = dense;
    for (auto& row : scaled.values) {
      for (double& v : row) v *= unit;
    }
    const Table its = transformed(scaled);
    EXPECT_NEAR(error, expected, 1e-12);
    for (std::size_t i = 0; i < 14; ++i) {
      for (std::size_t c = 0; c < 3; ++c) {
        EXPECT_NEAR(its.values[i][c] / unit, W.values[i][c], 1e-11);
      }
    }
  }
}

TEST_F(TransformTest, DataThatDoNotFitTheModel) {
  const std::string transform = "transform --model m --output q.csv ";
  runner.write("narrow.csv", "1,2\n3,4\n");
  refuse(transform + "narrow.csv", 65, {"narrow.csv is 2 x 2", "m is of a matrix of 14 x 7"});
  refuse(transform + "--columns narrow.csv", 65, {"narrow.csv is 2 x 2", "14 x 7", "14 rows"});
  refuse("predict --model m --top 1 --unseen narrow.csv", 65, {"narrow.csv is 2 x 2", "14 x 7"});
  runner.write("names.csv", "name,u,v\nr0,1,2\n");
  refuse(transform + "names.csv", 65, {"names.csv", "no column has a name", "\"u\"", "\"c0\""});
  runner.write("twice.csv", "name,c1,c2,c1\nr0,1,2,3\n");
  refuse(transform + "twice.csv", 65, {"twice.csv", "\"c1\"", "more than one column"});
  runner.write("nan.csv", "name,c1,c2\nr0,1,nan\n");
  refuse(transform + "nan.csv", 65, {"nan.csv: line 2", "nan"});
  runner.write("zero.csv", "name,c1,c2,stranger\nr0,0,0,1\n");
  refuse(transform + "zero.csv", 65, {"zero.csv", "all entries are zero"});
  refuse(transform + "none.csv", 66, {"none.csv"});
  refuse(transform + "--rows --columns x.csv", 64, {"--rows and --columns"});
  refuse(transform + "x.csv --output-format mtx", 64, {"mtx"});
  refuse("transform --model m x.csv", 64, {"--output"});
  refuse("transform x.csv --output q.csv", 64, {"--model"});
  refuse("transform --model m x.csv --output x.csv", 73, {"x.csv exists"});
  EXPECT_FALSE(runner.has("q.csv"));
}

}  // namespace
}  // namespace partita::app
