// Tables with names, and a fitted model for the commands that work on one.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "app/command_runner.hpp"

namespace partita::app {

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

inline std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream in(line);
  for (std::string field; std::getline(in, field, ',');) fields.push_back(field);
  return fields;
}

inline Table parse(const std::string& text) {
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

inline Matrix transposed(const Matrix& from) {
  Matrix to(from.front().size(), std::vector<double>(from.size()));
  for (std::size_t i = 0; i < from.size(); ++i) {
    for (std::size_t j = 0; j < from[i].size(); ++j) to[j][i] = from[i][j];
  }
  return to;
}

inline double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// Without structure, zeros among it.
inline Table sample(std::size_t rows, std::size_t columns, std::size_t seed,
                    const std::string& prefix) {
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
inline void expect_optimal(const std::vector<double>& w, const std::vector<double>& x,
                           const Matrix& S, double l1 = 0, double l2 = 0, bool nonnegative = true) {
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

/// A program run on its model m of x, whose factors are A and S (components x length).
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

}  // namespace partita::app
