// What is known of the factors: fit --fix-A and --fix-S on files with and without names.
#include <cmath>
#include <cstdlib>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "app/command_runner.hpp"

namespace partita::app {
namespace {

using Matrix = std::vector<std::vector<double>>;
using Names = std::vector<std::string>;

constexpr std::size_t kRows = 13;
constexpr std::size_t kColumns = 9;
constexpr std::size_t kFixed = 2;

double entry(std::size_t i, std::size_t j, std::size_t seed) {
  return static_cast<double>((i * (5 + seed) + j * j * 3 + i * j * seed) % 7) + 0.125;
}

Matrix made(std::size_t rows, std::size_t columns, std::size_t seed) {
  Matrix values(rows, std::vector<double>(columns));
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) values[i][j] = entry(i, j, seed);
  }
  return values;
}

Names names(const std::string& prefix, std::size_t count) {
  Names all;
  for (std::size_t i = 0; i < count; ++i) all.push_back(prefix + std::to_string(i));
  return all;
}

std::string table(const Names& rows, const Names& columns, const Matrix& values) {
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

Matrix parse(const std::string& text) {
  Matrix values;
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    std::istringstream fields(line);
    std::string field;
    std::getline(fields, field, ',');
    std::vector<double>& row = values.emplace_back();
    while (std::getline(fields, field, ',')) row.push_back(std::strtod(field.c_str(), nullptr));
  }
  return values;
}

/// The lines in the opposite order.
template <class Lines>
Lines turned(const Lines& lines) {
  return {lines.rbegin(), lines.rend()};
}

Matrix turned_columns(Matrix values) {
  for (auto& row : values) row = turned(row);
  return values;
}

class KnownParts : public ::testing::Test {
 protected:
  void SetUp() override {
    runner.write("x.csv", table(rows, columns, made(kRows, kColumns, 1)));
    runner.write("a.csv", table(turned(rows), sbs, turned(A)));
    runner.write("s.csv", table(sbs, turned(columns), turned_columns(S)));
  }

  [[nodiscard]] Outcome run(const std::string& arguments) const {
    const char* count = std::getenv("PARTITA_TEST_PROCESSES");
    return runner.run(count == nullptr ? 1 : std::atoi(count), arguments);
  }
  [[nodiscard]] Outcome fit(const std::string& arguments) const {
    const Outcome outcome = run("fit --overwrite --quiet --output o " + arguments);
    EXPECT_EQ(outcome.code, 0) << arguments << "\n" << outcome.err;
    return outcome;
  }
  void refuse(const std::string& arguments, int code, const Names& mentions) const {
    const Outcome outcome = run("fit --quiet --output refused " + arguments);
    EXPECT_EQ(outcome.code, code) << arguments << "\n" << outcome.err;
    EXPECT_EQ(outcome.out, "") << arguments;
    for (const std::string& mention : mentions) {
      EXPECT_NE(outcome.err.find(mention), std::string::npos) << mention << "\n" << outcome.err;
    }
    EXPECT_FALSE(runner.has("refused"));
  }
  [[nodiscard]] Matrix result(const std::string& file) const {
    return parse(contents(runner.path("o/" + file)));
  }

  CommandRunner runner;
  Names rows = names("r", kRows);
  Names columns = names("c", kColumns);
  Names sbs = names("SBS", kFixed);
  Matrix A = made(kRows, kFixed, 2);
  Matrix S = made(kFixed, kColumns, 3);
};

TEST_F(KnownParts, AreMatchedByNameAndStayAsTheyAre) {
  for (const std::string more :
       {"", " --precision single", " --solver mu", " --unstored 0.5", " --l1-A 0.1 --l1-S 0.1"}) {
    const Outcome outcome = fit("-k 4 x.csv --fix-A a.csv" + more);
    const Matrix found = result("A.csv");
    for (std::size_t i = 0; i < kRows; ++i) {
      for (std::size_t j = 0; j < kFixed; ++j) EXPECT_EQ(found[i][j], A[i][j]) << more;
    }
    const Outcome told = run("evaluate x.csv --model o --quiet");
    if (more.find("unstored") == std::string::npos) {
      EXPECT_NEAR(told.number("relative_error"), outcome.number("relative_error"),
                  more.find("single") == std::string::npos ? 1e-12 : 1e-6);
    }
    static_cast<void>(fit("-k 4 x.csv --fix-S s.csv" + more));
    const Matrix found_S = result("S.csv");
    for (std::size_t i = 0; i < kFixed; ++i) EXPECT_EQ(found_S[i], S[i]) << more;
  }
}

TEST_F(KnownParts, BothOfTheSameComponents) {
  static_cast<void>(fit("-k 3 x.csv --fix-A a.csv --fix-S s.csv"));
  for (std::size_t i = 0; i < kFixed; ++i) EXPECT_EQ(result("S.csv")[i], S[i]);
  for (std::size_t i = 0; i < kRows; ++i) EXPECT_EQ(result("A.csv")[i][1], A[i][1]);
}

/// With everything fixed a fit is transform of the same model.
TEST_F(KnownParts, AllOfThemAreTransform) {
  for (const std::string more : {"", " --solver mu", " --unstored 0.25", " --l1-S 0.5 --l2-S 0.1",
                                 " --constraint none", " --restarts 3"}) {
    const Outcome fitted = fit("-k 2 x.csv --fix-A a.csv" + more);
    EXPECT_EQ(fitted.fields().at("status"), "converged") << fitted.out;
    const Matrix found = result("S.csv");
    const Outcome transformed =
        run("transform --quiet --model o x.csv --columns --output new.csv --overwrite");
    EXPECT_EQ(transformed.code, 0) << transformed.err;
    const Matrix exact = parse(contents(runner.path("new.csv")));
    ASSERT_EQ(exact.size(), found.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      for (std::size_t j = 0; j < kColumns; ++j) {
        EXPECT_NEAR(found[i][j], exact[i][j], 1e-8 * (1 + std::abs(exact[i][j]))) << more;
      }
    }
    EXPECT_NEAR(fitted.number("relative_error"), transformed.number("relative_error"), 1e-10);
  }
  EXPECT_EQ(contents(runner.path("o/restarts.csv")).find("\n3,"), std::string::npos);
}

TEST_F(KnownParts, WhatTheMatrixLacksIsToldAndLeftOut) {
  Names more = rows;
  Matrix values = A;
  more.emplace_back("elsewhere");
  values.push_back({1, 2});
  runner.write("more.csv", table(more, sbs, values));
  const Outcome outcome = run("fit -k 3 x.csv --fix-A more.csv --output o --progress none");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("more.csv: 1 row not in x.csv, left out: \"elsewhere\""),
            std::string::npos)
      << outcome.err;
  EXPECT_EQ(result("A.csv")[4][1], A[4][1]);
}

TEST_F(KnownParts, WithoutNamesTheShapeDecides) {
  std::string text;
  for (const auto& row : A) text += std::to_string(row[0]) + "," + std::to_string(row[1]) + "\n";
  runner.write("plain.csv", text);
  static_cast<void>(fit("-k 3 x.csv --fix-A plain.csv"));
  EXPECT_EQ(result("A.csv")[7][1], A[7][1]);
  runner.write("short.csv", text.substr(text.find('\n') + 1));
  refuse("-k 3 x.csv --fix-A short.csv", 65, {"short.csv", "12 rows", "13 rows"});
}

TEST_F(KnownParts, WhatDoesNotFitIsRefused) {
  const auto part = [&](const std::string& file, Names lines, Matrix values) {
    runner.write(file, table(lines, sbs, values));
  };
  Matrix negative = A;
  negative[10][1] = -2.5;
  part("negative.csv", rows, negative);
  Matrix zero = A;
  for (auto& row : zero) row[0] = 0;
  part("zero.csv", rows, zero);
  Names others = rows;
  others[5] = "other";
  part("others.csv", others, A);
  others[5] = rows[0];
  others.push_back(rows[5]);
  Matrix longer = A;
  longer.push_back({1, 1});
  part("twice.csv", others, longer);
  Matrix wrong = S;
  wrong[1][3] = -1;
  runner.write("wrong.csv", table(sbs, columns, wrong));
  refuse("-k 4 x.csv --fix-A negative.csv", 65, {"negative.csv", "row 11, column 2", "-2.5"});
  refuse("-k 4 x.csv --fix-S wrong.csv", 65, {"wrong.csv", "row 2, column 4", "-1"});
  refuse("-k 4 x.csv --fix-A zero.csv", 65, {"component 1", "zeros"});
  refuse("-k 4 x.csv --fix-A others.csv", 65, {"others.csv", "\"r5\"", "x.csv"});
  refuse("-k 4 x.csv --fix-A twice.csv", 65, {"twice.csv", "\"r0\"", "more than one"});
  refuse("-k 1 x.csv --fix-A a.csv", 64, {"2 fixed components", "-k 1"});
  refuse("-k 4 x.csv --fix-A gone.csv", 66, {"gone.csv"});
  refuse("-k 2 x.csv --fix-A a.csv --fix-S s.csv", 64, {"nothing to fit", "evaluate"});
  runner.write("one.csv", table({"SBS1"}, columns, {S[0]}));
  refuse("-k 4 x.csv --fix-A a.csv --fix-S one.csv", 64, {"the same components"});
  for (const std::string solver : {"--solver kaczmarz", "--schedule random"}) {
    refuse("-k 4 x.csv --fix-A a.csv " + solver, 64, {"--fix-A", "--solver als"});
  }
  refuse("-k 4 x.csv --fix-S s.csv --init nndsvd", 64, {"nndsvd", "--init random"});
  refuse("-k 4 x.csv --fix-A a.csv --unstored 0.5 --entry-rule residuals", 64, {"--entry-rule"});
}

TEST_F(KnownParts, AnotherFileIsNotContinued) {
  EXPECT_EQ(run("fit -k 4 x.csv --fix-A a.csv --tolerance 0 --max-iterations 100000000 "
                "--max-time 0.7 --quiet --output c")
                .code,
            75);
  Matrix other = A;
  other[3][1] += 1e-9;
  runner.write("other.csv", table(rows, sbs, other));
  const Outcome outcome =
      run("fit -k 4 x.csv --fix-A other.csv --tolerance 0 --max-iterations 100000000 "
          "--max-time 0.7 --quiet --output c");
  EXPECT_EQ(outcome.code, 64);
  EXPECT_NE(outcome.err.find("content of the fixed components"), std::string::npos) << outcome.err;
}

/// A run of the first rows and columns of x.csv in m, others in turned order in y.csv.
class WarmStart : public KnownParts {
 protected:
  void SetUp() override {
    KnownParts::SetUp();
    const Matrix X = made(kRows, kColumns, 1);
    Matrix part(X.begin(), X.begin() + 10);
    for (auto& row : part) row.resize(7);
    runner.write("part.csv", table(names("r", 10), names("c", 7), part));
    runner.write("y.csv", table(turned(rows), columns, turned(X)));
    EXPECT_EQ(run("fit -k 3 part.csv --quiet --output m").code, 0);
  }

  /// Relative error at the start and at the end of restart 0.
  [[nodiscard]] std::pair<double, double> errors() const {
    std::istringstream lines(contents(runner.path("o/traces.csv")));
    std::string line;
    double first = -1;
    double last = -1;
    while (std::getline(lines, line)) {
      if (line.rfind("0,", 0) != 0) continue;
      last = std::strtod(line.substr(line.rfind(',') + 1).c_str(), nullptr);
      if (first < 0) first = last;
    }
    return {first, last};
  }
};

TEST_F(WarmStart, BeginsWhereTheModelEnded) {
  const double error = run("evaluate part.csv --model m --quiet").number("relative_error");
  for (const std::string more :
       {"-k 3", "-k 4", "-k 4 --solver kaczmarz", "-k 3 --solver mu", "-k 5 --restarts 3"}) {
    static_cast<void>(fit("part.csv --model m " + more));
    EXPECT_NEAR(errors().first, error, 1e-10) << more;
    EXPECT_LE(errors().second, error * (1 + 1e-10)) << more;
  }
}

/// What the model lacks is zero at first: X without it is what is left.
TEST_F(WarmStart, TakesOtherRowsAndColumnsByName) {
  const Matrix model_A = parse(contents(runner.path("m/A.csv")));
  const Matrix model_S = parse(contents(runner.path("m/S.csv")));
  const Matrix X = made(kRows, kColumns, 1);
  double residual = 0;
  double norm = 0;
  for (std::size_t i = 0; i < kRows; ++i) {
    for (std::size_t j = 0; j < kColumns; ++j) {
      double model = 0;
      for (std::size_t c = 0; c < 3 && i < 10 && j < 7; ++c) model += model_A[i][c] * model_S[c][j];
      residual += (X[i][j] - model) * (X[i][j] - model);
      norm += X[i][j] * X[i][j];
    }
  }
  for (const std::string more : {"-k 3", "-k 4"}) {
    const Outcome outcome =
        run("fit y.csv --model m --progress none --overwrite --output o " + more);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_NEAR(errors().first, std::sqrt(residual / norm), 1e-10);
    EXPECT_LT(errors().second, errors().first);
    EXPECT_NE(outcome.err.find("3 rows of y.csv not in it, new: \"r12\""), std::string::npos);
  }
}

TEST_F(WarmStart, KeepsTheLargestOfTooManyComponents) {
  static_cast<void>(fit("-k 2 part.csv --model m --max-iterations 0"));
  const Matrix model = parse(contents(runner.path("m/A.csv")));
  const Matrix found = result("A.csv");
  for (std::size_t i = 0; i < found.size(); ++i) {  // a run sorts its components by mass
    EXPECT_EQ(found[i], std::vector(model[i].begin(), model[i].begin() + 2));
  }
}

TEST_F(WarmStart, WhatDoesNotFitIsRefused) {
  runner.write("alien.csv", table(names("q", kRows), columns, made(kRows, kColumns, 1)));
  runner.write("plain.csv", "1,2\n3,4\n5,6\n");
  refuse("-k 3 alien.csv --model m", 65, {"alien.csv", "\"q0\"", "\"r0\""});
  refuse("-k 2 plain.csv --model m", 65, {"10 rows", "3 rows"});
  refuse("-k 3 part.csv --model gone", 66, {"gone"});
  refuse("-k 3 part.csv --model m --init random", 64, {"--model", "--init"});
  refuse("-k 3 part.csv --model m --init-A m/A.csv", 64, {"--model", "--init-A"});
  EXPECT_EQ(run("fit -k 3 part.csv --constraint none --quiet --output free").code, 0);
  refuse("-k 3 part.csv --model free", 65, {"free/", "negative", "--constraint none"});
}

}  // namespace
}  // namespace partita::app
