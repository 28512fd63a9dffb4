// fit --bootstrap: how often its intervals hold what the counts were drawn from, and what it says
// of components.
#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "app/count_matrix.hpp"

namespace partita::app {
namespace {

constexpr std::size_t kComponents = 3;

class BootstrapCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    made = count_matrix(45, 24, kComponents, 900);
    runner.write("x.csv", made.counts.text());
  }
  Outcome run(const std::string& arguments, int count = processes()) const {
    return runner.run(count, arguments);
  }
  Outcome succeed(const std::string& arguments, int count = processes()) const {
    Outcome outcome = run(arguments, count);
    EXPECT_EQ(outcome.code, 0) << arguments << "\n" << outcome.err;
    return outcome;
  }
  void refuse(const std::string& arguments, const std::vector<std::string>& mentions,
              int code = 64) const {
    const Outcome outcome = run("fit -k 3 --output refused " + arguments);
    EXPECT_EQ(outcome.code, code) << arguments << "\n" << outcome.err;
    for (const std::string& mention : mentions) {
      EXPECT_NE(outcome.err.find(mention), std::string::npos) << arguments << "\n" << outcome.err;
    }
    EXPECT_FALSE(runner.has("refused"));
  }
  [[nodiscard]] Matrix read(const std::string& file) const {
    return parse(contents(runner.path(file))).values;
  }
  [[nodiscard]] nlohmann::json report(const std::string& folder) const {
    return nlohmann::json::parse(contents(runner.path(folder + "/run.json")));
  }
  static int processes() {
    const char* count = std::getenv("PARTITA_TEST_PROCESSES");
    return count == nullptr ? 1 : std::atoi(count);
  }

  CommandRunner runner;
  CountMatrix made;
};

/// The true factors in the order and scale of a fit's S.
struct Truth {
  Matrix A;  ///< transposed
  Matrix S;
};
Truth truth_like(const Matrix& S, const CountMatrix& made) {
  Truth truth;
  const Matrix A = transposed(made.A);
  for (std::size_t c = 0; c < S.size(); ++c) {
    const std::size_t partner = nearest_rows(S, made.S)[c];
    std::vector<double> s = made.S[partner];
    std::vector<double> a = A[partner];
    const double scale = std::sqrt(dot(S[c], S[c]) / dot(s, s));
    for (double& value : s) value *= scale;
    for (double& value : a) value /= scale;
    truth.S.push_back(s);
    truth.A.push_back(a);
  }
  return truth;
}

/// The share of entries that lie within their bounds.
double covered(const Matrix& truth, const Matrix& lower, const Matrix& upper) {
  double inside = 0;
  double all = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    for (std::size_t j = 0; j < truth[i].size(); ++j) {
      EXPECT_LE(lower[i][j], upper[i][j]);
      all += 1;
      if (truth[i][j] >= lower[i][j] - 1e-9 && truth[i][j] <= upper[i][j] + 1e-9) inside += 1;
    }
  }
  return inside / all;
}

TEST_F(BootstrapCommand, IntervalsHoldTheTruthAboutAsOftenAsTheySay) {
  succeed("fit -k 3 x.csv --tolerance 1e-6 --bootstrap 100 --level 0.9 --quiet --output m");
  const Truth truth = truth_like(read("m/S.csv"), made);
  const double of_S = covered(truth.S, read("m/S.lower.csv"), read("m/S.upper.csv"));
  const double of_A =
      covered(truth.A, transposed(read("m/A.lower.csv")), transposed(read("m/A.upper.csv")));
  EXPECT_GE(of_S, 0.7);
  EXPECT_GE(of_A, 0.7);
  const auto tight = [&](const std::string& factor) {
    const Matrix values = read("m/" + factor + ".csv");
    return covered(values, read("m/" + factor + ".lower.csv"), read("m/" + factor + ".upper.csv"));
  };
  EXPECT_GE(tight("S"), 0.95) << "the fit itself is in the middle";
  const Matrix stability = read("m/bootstrap.csv");  // its first column is the name
  ASSERT_EQ(stability.size(), kComponents);
  for (const auto& row : stability) {
    EXPECT_GE(row[0], 0.98);
    EXPECT_LE(row[0], 1 + 1e-12);
  }
  EXPECT_EQ(parse(contents(runner.path("m/A.lower.csv"))).rows, made.counts.rows);
  EXPECT_EQ(parse(contents(runner.path("m/S.upper.csv"))).columns, made.counts.columns);
  EXPECT_EQ(report("m")["bootstrap"]["kind"], "poisson");
  EXPECT_EQ(report("m")["bootstrap"]["replicates"], 100);
  EXPECT_EQ(report("m")["options"]["level"], 0.9);
}

TEST_F(BootstrapCommand, WiderLevelsAndFewerCountsAreWider) {
  const auto width = [&](const std::string& options, const CountMatrix& of) {
    runner.write("y.csv", of.counts.text());
    succeed("fit -k 3 y.csv --bootstrap 40 --quiet --overwrite --output w " + options);
    const Matrix lower = read("w/S.lower.csv");
    const Matrix upper = read("w/S.upper.csv");
    const Matrix S = read("w/S.csv");
    double sum = 0;
    for (std::size_t c = 0; c < S.size(); ++c) {
      for (std::size_t j = 0; j < S[c].size(); ++j) {
        sum += (upper[c][j] - lower[c][j]) / std::sqrt(dot(S[c], S[c]));
      }
    }
    return sum;
  };
  const double usual = width("", made);
  EXPECT_LT(width("--level 0.5", made), 0.7 * usual);
  EXPECT_GT(width("", count_matrix(45, 24, kComponents, 100)), 1.5 * usual);
}

TEST_F(BootstrapCommand, IsTheSameOnAnyNumberOfProcesses) {
  if (processes() > 1) GTEST_SKIP() << "once is enough";
  for (const std::string kind : {"poisson", "multinomial", "rows"}) {
    const std::string command =
        "fit -k 3 x.csv --bootstrap 5 --quiet --overwrite --bootstrap-kind " + kind + " --output ";
    succeed(command + "n1", 1);
    for (const int count : {2, 3, 4, 6}) {
      succeed(command + "n", count);
      for (const std::string file : {"A.lower", "A.upper", "S.lower", "S.upper"}) {
        const Matrix one = read("n1/" + file + ".csv");
        const Matrix other = read("n/" + file + ".csv");
        ASSERT_EQ(one.size(), other.size());
        for (std::size_t i = 0; i < one.size(); ++i) {
          for (std::size_t j = 0; j < one[i].size(); ++j) {
            EXPECT_NEAR(one[i][j], other[i][j], 1e-6 * (1 + std::abs(one[i][j]))) << kind;
          }
        }
      }
    }
  }
}

/// The same entries, dense and sparse, in double and in single precision.
TEST_F(BootstrapCommand, StorageDoesNotMatter) {
  succeed("convert x.csv --output x.mtx");
  const std::string rest = " --bootstrap 10 --quiet --overwrite --sketch off --bootstrap-kind ";
  for (const std::string kind : {"poisson", "multinomial", "rows"}) {
    succeed("fit -k 3 --output dense x.csv" + rest + kind);
    succeed("fit -k 3 --output sparse x.mtx" + rest + kind);
    for (const std::string file : {"A.lower.csv", "S.upper.csv"}) {
      const Matrix one = read("dense/" + file);
      const Matrix other = read("sparse/" + file);
      for (std::size_t i = 0; i < one.size(); ++i) {
        for (std::size_t j = 0; j < one[i].size(); ++j) {
          EXPECT_NEAR(one[i][j], other[i][j], 1e-6 * (1 + std::abs(one[i][j]))) << kind;
        }
      }
    }
  }
  succeed("fit -k 3 x.mtx --precision single --max-iterations 60 --output single" + rest + "auto");
  for (const auto& row : read("single/bootstrap.csv")) EXPECT_GE(row[0], 0.98);
}

TEST_F(BootstrapCommand, WhatIsNoCountIsDrawnByRows) {
  runner.write("y.csv", made.means.text());
  succeed("fit -k 3 y.csv --bootstrap 10 --quiet --output m");
  EXPECT_EQ(report("m")["bootstrap"]["kind"], "rows");
  EXPECT_EQ(report("m")["options"]["bootstrap_kind"], "auto");
  refuse("y.csv --bootstrap 3 --bootstrap-kind multinomial", {"--bootstrap-kind", "whole"}, 65);
  refuse("y.csv --bootstrap 3 --l1-A 1 --l1-S 1", {"--bootstrap", "--l1-A"});
}

TEST_F(BootstrapCommand, ALimitOfTimeLeavesTheFit) {
  const Outcome outcome = run("fit -k 3 x.csv --bootstrap 100000 --max-time 2 --quiet --output m");
  EXPECT_EQ(outcome.code, 75) << outcome.err;
  EXPECT_NE(outcome.err.find("bootstrap"), std::string::npos) << outcome.err;
  EXPECT_TRUE(runner.has("m/A.csv"));
  EXPECT_EQ(report("m")["status"], "converged");
  EXPECT_FALSE(report("m").contains("bootstrap"));
  EXPECT_FALSE(runner.has("m/A.lower.csv"));
}

TEST_F(BootstrapCommand, AnotherRunTakesItsPlaceWhole) {
  succeed("fit -k 3 x.csv --bootstrap 3 --consensus --quiet --output m");
  EXPECT_TRUE(runner.has("m/consensus/usage.csv"));
  succeed("fit -k 2 x.csv --quiet --overwrite --output m");
  for (const std::string file : {"A.lower.csv", "S.upper.csv", "bootstrap.csv", "consensus"}) {
    EXPECT_FALSE(runner.has("m/" + file)) << file;
  }
}

TEST_F(BootstrapCommand, WhatContradictsIsRefusedByName) {
  refuse("x.csv --bootstrap 0", {"--bootstrap"});
  refuse("x.csv --bootstrap 3 --level 1", {"--level"});
  refuse("x.csv --bootstrap 3 --restart-range 0:2", {"--bootstrap", "--restart-range"});
  refuse("x.csv --bootstrap 3 --unstored missing", {"--bootstrap", "--unstored"});
  refuse("x.csv --bootstrap 3 --constraint none", {"--bootstrap", "--constraint none"});
  refuse("x.csv --bootstrap 3 --groups 2", {"--bootstrap", "--groups"});
  refuse("x.csv --level 0.9", {"--level", "--bootstrap"});
  refuse("x.csv --bootstrap 3 --bootstrap-kind normal", {"--bootstrap-kind", "poisson"});
  refuse("x.csv --bootstrap 3 --bootstrap-kind multinomial --grid 1x2",
         {"--bootstrap-kind multinomial", "--grid"});
}

}  // namespace
}  // namespace partita::app
