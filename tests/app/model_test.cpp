// New data on a fitted model: transform, predict and evaluate --model, against plain loops.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "app/command_runner.hpp"

namespace partita::app {
namespace {

using Matrix = std::vector<std::vector<double>>;

/// A table with names of rows and columns.
struct Table {
  std::vector<std::string> rows;
  std::vector<std::string> columns;
  Matrix values;

  [[nodiscard]] std::string text() const {
    std::ostringstream out;
    out.precision(17);
    out << "name";
    for (const auto& column : columns) out << ',' << column;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      out << '\n' << rows[i];
      for (const double value : values[i]) out << ',' << value;
    }
    out << '\n';
    return out.str();
  }
};

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream in(line);
  for (std::string field; std::getline(in, field, ',');) fields.push_back(field);
  return fields;
}

Table parse(const std::string& text) {
  Table table;
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  const auto head = split(line);
  table.columns.assign(head.begin() + 1, head.end());
  while (std::getline(lines, line)) {
    const auto fields = split(line);
    table.rows.push_back(fields[0]);
    std::vector<double> row;
    for (std::size_t j = 1; j < fields.size(); ++j) {
      row.push_back(std::strtod(fields[j].c_str(), nullptr));
    }
    table.values.push_back(row);
  }
  return table;
}

Matrix transposed(const Matrix& from) {
  Matrix to(from.front().size(), std::vector<double>(from.size()));
  for (std::size_t i = 0; i < from.size(); ++i) {
    for (std::size_t j = 0; j < from[i].size(); ++j) to[j][i] = from[i][j];
  }
  return to;
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// Without structure, zeros among it.
Table sample(std::size_t rows, std::size_t columns, std::size_t seed, const std::string& prefix) {
  Table table;
  for (std::size_t j = 0; j < columns; ++j) table.columns.push_back("c" + std::to_string(j));
  for (std::size_t i = 0; i < rows; ++i) {
    table.rows.push_back(prefix + std::to_string(i));
    std::vector<double> row;
    for (std::size_t j = 0; j < columns; ++j) {
      row.push_back(static_cast<double>((i * (7 + seed) + j * j * 5 + i * j * seed) % 11));
    }
    table.values.push_back(row);
  }
  return table;
}

/// Whether w is the minimum of ½||x - w S||² + l1 |w| + l2/2 ||w||² over w >= 0, by its gradient.
/// @param S  components x length
void expect_optimal(const std::vector<double>& w, const std::vector<double>& x, const Matrix& S,
                    double l1 = 0, double l2 = 0, bool nonnegative = true) {
  std::vector<double> residual = x;
  double size = 1;
  for (std::size_t c = 0; c < w.size(); ++c) {
    for (std::size_t j = 0; j < x.size(); ++j) residual[j] -= w[c] * S[c][j];
    size = std::max(size, std::abs(dot(x, S[c])));
  }
  for (std::size_t c = 0; c < w.size(); ++c) {
    const double gradient = -dot(residual, S[c]) + l1 + l2 * w[c];
    if (nonnegative) {
      EXPECT_GE(w[c], 0);
      EXPECT_GE(gradient, -1e-9 * size);
    }
    if (w[c] > 0 || !nonnegative) {
      EXPECT_NEAR(gradient, 0, 1e-9 * size);
    }
  }
}

class ModelTest : public ::testing::Test {
 protected:
  void SetUp() override {
    x = sample(14, 7, 1, "r");
    runner.write("x.csv", x.text());
    succeed("fit -k 3 x.csv --seed 2 --output m --quiet");
    A = parse(contents(runner.path("m/A.csv"))).values;
    S = parse(contents(runner.path("m/S.csv"))).values;
  }

  static int processes() {
    const char* count = std::getenv("PARTITA_TEST_PROCESSES");
    return count == nullptr ? 1 : std::atoi(count);
  }
  Outcome run(const std::string& arguments) const { return runner.run(processes(), arguments); }
  Outcome succeed(const std::string& arguments) const {
    Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.code, 0) << arguments << "\n" << outcome.err;
    return outcome;
  }
  void refuse(const std::string& arguments, int code,
              const std::vector<std::string>& mentions) const {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.code, code) << arguments << "\n" << outcome.err;
    EXPECT_EQ(outcome.out, "") << arguments;
    for (const std::string& mention : mentions) {
      EXPECT_NE(outcome.err.find(mention), std::string::npos) << arguments << "\n" << outcome.err;
    }
  }
  /// The factor that transform makes of a table.
  [[nodiscard]] Table transformed(const Table& table, const std::string& options = "",
                                  const std::string& model = "m") const {
    runner.write("new.csv", table.text());
    const Outcome outcome = succeed("transform --model " + model + " new.csv --overwrite " +
                                    options + " --output w.csv");
    told = outcome.err;
    error = outcome.number("relative_error");
    return parse(contents(runner.path("w.csv")));
  }
  [[nodiscard]] double value(std::size_t i, std::size_t j) const {
    return dot(A[i], transposed(S)[j]);
  }

  CommandRunner runner;
  Table x;
  Matrix A;
  Matrix S;
  mutable std::string told;  ///< what the last transform said on stderr
  mutable double error = 0;
};

TEST_F(ModelTest, NewRowsAreTheExactMinimum) {
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

TEST_F(ModelTest, NewColumnsAreTheExactMinimum) {
  Table fresh = sample(14, 4, 5, "r");
  for (auto& name : fresh.columns) name = "new " + name;
  const Table W = transformed(fresh, "--columns --l2 0.5");
  EXPECT_EQ(W.columns, fresh.columns);
  EXPECT_EQ(W.rows.front(), "component_1");
  for (std::size_t j = 0; j < 4; ++j) {
    expect_optimal(transposed(W.values)[j], transposed(fresh.values)[j], transposed(A), 0, 0.5);
  }
}

TEST_F(ModelTest, TheSameOnAnyNumberOfProcesses) {
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

TEST_F(ModelTest, NamesAreMatchedInAnyOrder) {
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

TEST_F(ModelTest, NamesThatTheFileLacksAreZeroOrMissing) {
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

TEST_F(ModelTest, ConstraintAndPenaltiesAreThoseOfTheRun) {
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

TEST_F(ModelTest, EntriesThatAreNotKnown) {
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

TEST_F(ModelTest, EntriesThatAreNotStoredMayCountLess) {
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

TEST_F(ModelTest, SparseFilesAndAnyUnit) {
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

TEST_F(ModelTest, PairsInTheOrderOfTheFile) {
  runner.write("pairs.csv", "row,column,rating\nr3,c2,4\n0,6,1\n\nr13,0,2\nr3,c2,9\n");
  const Outcome outcome = succeed("predict --model m --pairs pairs.csv --quiet");
  std::istringstream lines(outcome.out);
  const std::vector<std::string> starts = {"row,column,value", "r3,c2,", "0,6,", "r13,0,",
                                           "r3,c2,"};
  const std::vector<double> values = {0, value(3, 2), value(0, 6), value(13, 0), value(3, 2)};
  std::size_t at = 0;
  for (std::string line; std::getline(lines, line); ++at) {
    ASSERT_LT(at, starts.size());
    EXPECT_TRUE(line.starts_with(starts[at])) << line;
    if (at > 0) {
      EXPECT_NEAR(std::strtod(split(line)[2].c_str(), nullptr), values[at], 1e-12) << line;
    }
  }
  EXPECT_EQ(at, starts.size());
  succeed("predict --model m --pairs pairs.csv --output out.csv");
  EXPECT_EQ(contents(runner.path("out.csv")), outcome.out);
  EXPECT_EQ(runner.run(6, "predict --model m --pairs pairs.csv").out, outcome.out);
}

TEST_F(ModelTest, BestColumnsOfRows) {
  Table seen = x;  // another order of both, and strangers
  std::ranges::reverse(seen.rows);
  std::ranges::reverse(seen.values);
  seen.rows.emplace_back("stranger");
  seen.values.emplace_back(7, 1.0);
  std::swap(seen.columns[0], seen.columns[5]);
  for (auto& row : seen.values) std::swap(row[0], row[5]);
  runner.write("seen.csv", seen.text());
  for (const bool unseen : {false, true}) {
    const std::string options = unseen ? " --unseen seen.csv" : "";
    std::ostringstream expected;
    expected << "row,column,rank\n";
    for (const std::size_t i : {0U, 2U, 13U}) {
      std::vector<std::pair<double, std::size_t>> order;
      for (std::size_t j = 0; j < 7; ++j) {
        if (!unseen || x.values[i][j] == 0) order.emplace_back(-value(i, j), j);
      }
      std::ranges::sort(order);
      for (std::size_t r = 0; r < std::min<std::size_t>(3, order.size()); ++r) {
        expected << 'r' << i << ",c" << order[r].second << ',' << r + 1 << '\n';
      }
    }
    const Outcome outcome =
        succeed("predict --model m --top 3 --rows r13,0,r2,2 --quiet" + options);
    std::istringstream lines(outcome.out);
    std::string without_values;
    for (std::string line; std::getline(lines, line);) {
      const auto fields = split(line);
      without_values += fields[0] + "," + fields[1] + "," + fields[3] + "\n";
      if (fields[3] == "rank") continue;
      const auto i = static_cast<std::size_t>(std::atoi(fields[0].c_str() + 1));
      const auto j = static_cast<std::size_t>(std::atoi(fields[1].c_str() + 1));
      EXPECT_NEAR(std::strtod(fields[2].c_str(), nullptr), value(i, j), 1e-12);
    }
    EXPECT_EQ(without_values, expected.str());
    const std::string all = succeed("predict --model m --top 2 --quiet" + options).out;
    EXPECT_EQ(runner.run(6, "predict --model m --top 2 --quiet" + options).out, all);
    succeed("predict --model m --top 2 --overwrite --output top.csv" + options);
    EXPECT_EQ(contents(runner.path("top.csv")), all);
  }
}

TEST_F(ModelTest, NumbersWhereThereAreNoNames) {
  succeed("convert x.csv --output x.npy");
  succeed("fit -k 3 x.npy --seed 2 --output plain --quiet");
  runner.write("pairs.csv", "user,item\n13,6\n0,0\n");
  const Outcome pairs = succeed("predict --model plain --pairs pairs.csv");
  EXPECT_TRUE(pairs.out.starts_with("row,column,value\n13,6,")) << pairs.out;
  for (const std::string text : {"13,6\n0,0\n", "13\t6\n0\t0\n", "u;i;x\n13;6;1\n\"0\";0;2\n"}) {
    runner.write("same.csv", text);
    EXPECT_EQ(succeed("predict --model plain --pairs same.csv").out, pairs.out) << text;
  }
  const Outcome top = succeed("predict --model plain --top 1 --rows 5 --quiet");
  EXPECT_NE(top.out.find("\n5,"), std::string::npos) << top.out;
  EXPECT_EQ(run("predict --model plain --top 7 --unseen x.npy").code, 0);
  succeed("transform --model plain x.npy --output w.npy");
  refuse("predict --model plain --top 1 --rows r5", 64, {"--rows", "\"r5\""});
}

TEST_F(ModelTest, EvaluateTellsOfTheEntriesThatAreStored) {
  runner.write("held.mtx",
               "%%MatrixMarket matrix coordinate real general\n14 7 4\n1 1 3\n4 2 0\n14 7 2.5\n"
               "5 5 1\n");
  const std::vector<double> errors = {3 - value(0, 0), 0 - value(3, 1), 2.5 - value(13, 6),
                                      1 - value(4, 4)};
  double squares = 0;
  double sizes = 0;
  for (const double e : errors) {
    squares += e * e;
    sizes += std::abs(e);
  }
  const Outcome by_model = succeed("evaluate --model m held.mtx");
  EXPECT_EQ(by_model.out, succeed("evaluate held.mtx --A m/A.csv --S m/S.csv").out);
  EXPECT_EQ(by_model.number("stored"), 4);
  EXPECT_EQ(by_model.number("entries"), 98);
  EXPECT_NEAR(by_model.number("stored_rmse"), std::sqrt(squares / 4), 1e-12);
  EXPECT_NEAR(by_model.number("stored_mae"), sizes / 4, 1e-12);
  const Outcome dense = succeed("evaluate --model m x.csv");
  EXPECT_NEAR(dense.number("stored_rmse"), dense.number("rmse"), 1e-12);
}

TEST_F(ModelTest, BadModels) {
  for (const std::string command :
       {"transform x.csv --output q.csv", "predict --top 1", "evaluate x.csv"}) {
    refuse(command + " --model nothing", 66, {"nothing", "no such folder"});
    runner.shell("mkdir -p empty");
    refuse(command + " --model empty", 66, {"empty", "no run.json"});
    runner.shell("rm -rf odd; cp -r m odd; echo '{' >odd/run.json");
    refuse(command + " --model odd", 65, {"odd/run.json"});
    runner.shell("cp m/run.json odd; sed -i 's/\"converged\"/\"time_limit\"/' odd/run.json");
    refuse(command + " --model odd", 65, {"odd", "stopped early (time_limit)"});
    runner.shell("cp m/run.json odd; rm odd/S.csv");
    refuse(command + " --model odd", 65, {"odd", "A and S"});
    runner.shell("head -3 m/S.csv >odd/S.csv");
    refuse(command + " --model odd", 65, {"odd", "A", "S", "3", "2"});
  }
  EXPECT_FALSE(runner.has("q.csv"));
}

TEST_F(ModelTest, DataThatDoNotFitTheModel) {
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

TEST_F(ModelTest, PairsThatAreNone) {
  const std::map<std::string, std::string> cases = {
      {"r1,c0\nr99,c0\n", "line 2: row \"r99\""},
      {"1,0\n14,0\n", "line 2: row 14 is outside 0..13"},
      {"1,0\n0,-1\n", "line 2: column -1"},
      {"1,0\n1\n", "line 2: a row and a column"},
      {"1,0\n1,1.5\n", "line 2: column \"1.5\""},
      {"row,column\nr1,c7\n", "line 2: column \"c7\""},
      {"r1,\"c0\n", "line 1"}};
  for (const auto& [text, mention] : cases) {
    runner.write("bad.csv", text);
    refuse("predict --model m --pairs bad.csv --quiet", 65, {"bad.csv: " + mention});
    refuse("predict --model m --pairs bad.csv --output q.csv", 65, {"bad.csv: " + mention});
  }
  refuse("predict --model m --pairs none.csv", 66, {"none.csv"});
  refuse("predict --model m", 64, {"--pairs", "--top"});
  refuse("predict --model m --pairs bad.csv --top 1", 64, {"--pairs", "--top"});
  refuse("predict --model m --pairs bad.csv --rows 1", 64, {"--rows"});
  refuse("predict --model m --top 0", 64, {"--top"});
  refuse("predict --model m --top 1 --rows r1,r99", 64, {"--rows", "\"r99\""});
  refuse("predict --top 1", 64, {"--model"});
  EXPECT_FALSE(runner.has("q.csv"));
}

}  // namespace
}  // namespace partita::app
