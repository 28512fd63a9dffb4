// Ratings from the command line: presets, what is kept of a run, and what is predicted from it,
// against plain loops over the written factors.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "app/command_runner.hpp"

namespace partita::app {
namespace {

using Table = std::vector<std::vector<double>>;

constexpr int kRows = 14;
constexpr int kColumns = 9;

/// Numbers of a table, without its head and names.
Table numbers_of(const std::string& text) {
  Table table;
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    std::vector<double> row;
    std::istringstream fields(line);
    std::string field;
    std::getline(fields, field, ',');
    while (std::getline(fields, field, ',')) row.push_back(std::strtod(field.c_str(), nullptr));
    table.push_back(row);
  }
  return table;
}

class RatingsCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ostringstream table;
    table << "user";
    for (int j = 0; j < kColumns; ++j) table << ",film " << j;
    for (int i = 0; i < kRows; ++i) {
      table << "\nu" << i;
      for (int j = 0; j < kColumns; ++j) {
        const bool known = (i * 5 + j * 3) % 7 > 2 && i != 4;
        table << ',' << (known ? std::to_string(1 + (i * j + i + 2 * j) % 5) : "nan");
      }
    }
    runner.write("x.csv", table.str() + "\n");
  }
  Outcome run(const std::string& arguments) const {
    const char* processes = std::getenv("PARTITA_TEST_PROCESSES");
    return runner.run(processes == nullptr ? 1 : std::atoi(processes), arguments);
  }
  [[nodiscard]] Table read(const std::string& file) const {
    return numbers_of(contents(runner.path(file)));
  }
  void refuse(const std::string& arguments, const std::vector<std::string>& mentions) {
    const Outcome outcome = run("fit x.csv --nan missing --output refused " + arguments);
    EXPECT_EQ(outcome.code, 64) << arguments << "\n" << outcome.err;
    for (const std::string& mention : mentions) {
      EXPECT_NE(outcome.err.find(mention), std::string::npos) << arguments << "\n" << outcome.err;
    }
  }

  CommandRunner runner;
};

TEST_F(RatingsCommand, PredictionsAreTheMeanOfAllRestartsWithinWhatWasKnown) {
  const Outcome fitted =
      run("fit x.csv --nan missing --preset ratings -k 2 --restarts 3 --output m");
  ASSERT_EQ(fitted.code, 0) << fitted.err;
  EXPECT_NE(fitted.err.find("1 row without known entries"), std::string::npos) << fitted.err;
  const auto report = nlohmann::json::parse(contents(runner.path("m/run.json")));
  EXPECT_EQ(report["options"]["components"], 2) << "what is stated wins";
  EXPECT_EQ(report["options"]["bias"], true);
  EXPECT_EQ(report["averaged_restarts"], 3);
  EXPECT_EQ(report["entries"]["empty_rows"], 1);
  EXPECT_GT(report["options"]["center_at"], 0);
  EXPECT_GT(report["options"]["l2_A"], 0);
  const Table A = read("m/stack_A.csv");
  const Table S = read("m/stack_S.csv");
  ASSERT_EQ(A.front().size(), 3 * 4U);
  ASSERT_EQ(S.size(), 3 * 4U);

  std::string pairs = "row,column\n";
  for (int i = 0; i < kRows; ++i) {
    for (int j = 0; j < kColumns; ++j) {
      pairs += 'u' + std::to_string(i) + ",film " + std::to_string(j) + "\n";
    }
  }
  runner.write("pairs.csv", pairs);
  const Outcome predicted = run("predict --model m --pairs pairs.csv");
  ASSERT_EQ(predicted.code, 0) << predicted.err;
  EXPECT_NE(predicted.err.find("of 9 of 126 places"), std::string::npos) << predicted.err;
  std::istringstream lines(predicted.out);
  std::string line;
  std::getline(lines, line);
  for (std::size_t i = 0; i < kRows; ++i) {
    for (std::size_t j = 0; j < kColumns; ++j) {
      double expected = report["mean"];
      for (std::size_t l = 0; l < S.size(); ++l) expected += A[i][l] * S[l][j] / 3;
      expected = std::clamp(expected, 1.0, 5.0);
      ASSERT_TRUE(std::getline(lines, line));
      EXPECT_NEAR(std::strtod(line.substr(line.rfind(',') + 1).c_str(), nullptr), expected, 1e-12);
    }
  }
}

TEST_F(RatingsCommand, BiasesAreWrittenBesideTheFactors) {
  ASSERT_EQ(run("fit x.csv --nan missing -k 2 --bias --l2-A 1 --l2-S 1 --output m").code, 0);
  const auto report = nlohmann::json::parse(contents(runner.path("m/run.json")));
  const Table A = read("m/A.csv");
  const Table S = read("m/S.csv");
  const Table of_row = read("m/row_bias.csv");
  const Table of_column = read("m/column_bias.csv");
  runner.write("pairs.csv", "row,column\nu3,film 5\n");
  const Outcome predicted = run("predict --model m --pairs pairs.csv");
  const double expected = double(report["mean"]) + of_row[3][0] + of_column[0][5] +
                          A[3][0] * S[0][5] + A[3][1] * S[1][5];
  const std::string value = predicted.out.substr(predicted.out.rfind(',') + 1);
  EXPECT_NEAR(std::strtod(value.c_str(), nullptr), std::clamp(expected, 1.0, 5.0), 1e-12);
  EXPECT_FALSE(runner.has("m/stack_A.csv"));
}

/// Rows and columns of the matrix itself, as if they were new, are explained as the run did.
TEST_F(RatingsCommand, NewRowsAndColumnsGetBiasesToo) {
  const Outcome fitted =
      run("fit x.csv --nan missing -k 2 --bias --center --restarts 1 --max-iterations 1500 "
          "--tolerance 0 --output m");
  ASSERT_EQ(fitted.code, 0) << fitted.err;
  EXPECT_NEAR(run("evaluate --model m x.csv").number("relative_error"),
              fitted.number("relative_error"), 1e-12);
  const auto compare = [&](const std::string& found, const std::string& expected) {
    const Table one = read(found);
    const Table other = read(expected);
    ASSERT_EQ(one.size(), other.size());
    for (std::size_t i = 0; i < one.size(); ++i) {
      ASSERT_EQ(one[i].size(), other[i].size());
      for (std::size_t j = 0; j < one[i].size(); ++j) EXPECT_NEAR(one[i][j], other[i][j], 1e-4);
    }
  };
  const Outcome rows = run("transform --model m x.csv --output rows.csv");
  ASSERT_EQ(rows.code, 0) << rows.err;
  EXPECT_NEAR(rows.number("relative_error"), fitted.number("relative_error"), 1e-6);
  compare("rows.csv", "m/A.csv");
  compare("rows.bias.csv", "m/row_bias.csv");
  ASSERT_EQ(run("transform --columns --model m x.csv --output columns.csv").code, 0);
  compare("columns.csv", "m/S.csv");
  compare("columns.bias.csv", "m/column_bias.csv");
}

TEST_F(RatingsCommand, MergedSharesKeepTheBiases) {
  // One layout for all: sums over other processes round in another way.
  const std::string rest = " -k 2 --bias --restarts 4 --groups 1 --quiet --output ";
  ASSERT_EQ(run("fit x.csv --nan missing" + rest + "whole").code, 0);
  ASSERT_EQ(run("fit x.csv --nan missing --restart-range 0:2" + rest + "one").code, 0);
  ASSERT_EQ(run("fit x.csv --nan missing --restart-range 2:4" + rest + "two").code, 0);
  const Outcome merged = run("merge one two --output merged");
  ASSERT_EQ(merged.code, 0) << merged.err;
  for (const std::string name : {"A.csv", "S.csv", "row_bias.csv", "column_bias.csv"}) {
    EXPECT_EQ(contents(runner.path("merged/" + name)), contents(runner.path("whole/" + name)));
  }
  runner.write("pairs.csv", "row,column\nu3,film 5\n");
  EXPECT_EQ(run("predict --model merged --pairs pairs.csv").out,
            run("predict --model whole --pairs pairs.csv").out);
}

/// 1 with weight 1 + ALPHA x where there is an entry: the same as stated by a matrix of ones and
/// one of weights.
TEST_F(RatingsCommand, ConfidenceIsAMatrixOfOnesWithWeights) {
  runner.write("counts.mtx",
               "%%MatrixMarket matrix coordinate real general\n4 5 6\n"
               "1 1 3\n1 4 1\n2 2 7\n3 1 2\n4 5 1\n4 3 4\n");
  runner.write("ones.mtx",
               "%%MatrixMarket matrix coordinate real general\n4 5 6\n"
               "1 1 1\n1 4 1\n2 2 1\n3 1 1\n4 5 1\n4 3 1\n");
  runner.write("weights.mtx",
               "%%MatrixMarket matrix coordinate real general\n4 5 6\n"
               "1 1 2.5\n1 4 1.5\n2 2 4.5\n3 1 2\n4 5 1.5\n4 3 3\n");
  const std::string rest = " -k 2 --unstored 0.3 --max-iterations 20 --tolerance 0 --quiet ";
  const Outcome one = run("fit counts.mtx --confidence 0.5 --output one" + rest);
  const Outcome two = run("fit ones.mtx --weights weights.mtx --output two" + rest);
  ASSERT_EQ(one.code, 0) << one.err;
  EXPECT_EQ(one.number("relative_error"), two.number("relative_error"));
  EXPECT_EQ(contents(runner.path("one/A.npy")), contents(runner.path("two/A.npy")));
}

TEST_F(RatingsCommand, WhatContradictsIsRefusedByName) {
  refuse("--preset rating", {"--preset", "ratings"});
  refuse("--preset ratings --tune --l2-A 1", {"--tune", "--l2-A"});
  refuse("-k 2 --tune", {"--tune", "--center"});
  refuse("-k 2 --confidence 1", {"--confidence", "--unstored"});
  refuse("-k 2 --average --restart-range 0:1", {"--average", "--restart-range"});
  refuse("-k 2 --bias-damping 3", {"--bias-damping", "--bias"});
  refuse("-k 2 --bias --solver mu", {"--bias", "als"});
  refuse("", {"-k"});
}

}  // namespace
}  // namespace partita::app
