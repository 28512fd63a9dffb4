// fit --consensus: its files against cNMF's procedure in plain loops over the components of all
// restarts, and against the spectra that the counts were drawn from.
#include <algorithm>
#include <array>
#include <numeric>
#include <set>

#include <nlohmann/json.hpp>

#include "app/count_matrix.hpp"

namespace partita::app {
namespace {

constexpr std::size_t kComponents = 4;
constexpr std::size_t kRestarts = 10;

class ConsensusCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    made = count_matrix(48, 30, kComponents, 600);
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
  void refuse(const std::string& arguments, const std::vector<std::string>& mentions) const {
    const Outcome outcome = run("fit -k 3 x.csv --output refused " + arguments);
    EXPECT_EQ(outcome.code, 64) << arguments << "\n" << outcome.err;
    for (const std::string& mention : mentions) {
      EXPECT_NE(outcome.err.find(mention), std::string::npos) << arguments << "\n" << outcome.err;
    }
    EXPECT_FALSE(runner.has("refused"));
  }
  [[nodiscard]] Matrix read(const std::string& file) const {
    return parse(contents(runner.path(file))).values;
  }
  static int processes() {
    const char* count = std::getenv("PARTITA_TEST_PROCESSES");
    return count == nullptr ? 1 : std::atoi(count);
  }

  CommandRunner runner;
  CountMatrix made;
};

const std::string kFit = "fit -k 4 x.csv --consensus --quiet --restarts 10 ";

/// The median of each column, scaled to sum 1.
std::vector<double> median_of(const Matrix& members) {
  std::vector<double> medians;
  for (std::size_t j = 0; j < members.front().size(); ++j) {
    std::vector<double> values;
    for (const auto& row : members) values.push_back(row[j]);
    std::ranges::sort(values);
    medians.push_back((values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2);
  }
  const double sum = std::accumulate(medians.begin(), medians.end(), 0.0);
  for (double& value : medians) value /= sum;
  return medians;
}

/// cNMF on components of all restarts, the clusters by Lloyd's rounds from the true spectra.
Matrix plain_consensus(Matrix pool, const Matrix& truth, double threshold) {
  for (auto& row : pool) {
    const double length = std::sqrt(dot(row, row));
    for (double& value : row) value /= length;
  }
  constexpr std::size_t kNeighbours = 3 * kRestarts / 10;
  Matrix kept;
  for (const auto& row : pool) {
    std::vector<double> distances;
    for (const auto& other : pool) {
      std::vector<double> apart = row;
      for (std::size_t j = 0; j < apart.size(); ++j) apart[j] -= other[j];
      distances.push_back(std::sqrt(dot(apart, apart)));
    }
    std::ranges::sort(distances);
    const auto* const first = distances.data() + 1;  // the nearest is the component itself
    if (std::accumulate(first, first + kNeighbours, 0.0) / kNeighbours < threshold) {
      kept.push_back(row);
    }
  }
  Matrix centres = truth;
  std::vector<std::size_t> cluster;
  for (int round = 0; round < 50; ++round) {
    cluster = nearest_rows(kept, centres);
    for (std::size_t c = 0; c < centres.size(); ++c) {
      std::ranges::fill(centres[c], 0.0);
      for (std::size_t i = 0; i < kept.size(); ++i) {
        for (std::size_t j = 0; cluster[i] == c && j < kept[i].size(); ++j) {
          centres[c][j] += kept[i][j];
        }
      }
    }
  }
  Matrix medians;
  for (std::size_t c = 0; c < truth.size(); ++c) {
    Matrix members;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      if (cluster[i] == c) members.push_back(kept[i]);
    }
    EXPECT_FALSE(members.empty());
    medians.push_back(median_of(members));
  }
  return medians;
}

/// Rows scaled to sum 1.
Matrix shares_of(Matrix usage) {
  for (auto& row : usage) {
    const double sum = std::accumulate(row.begin(), row.end(), 0.0);
    for (double& value : row) value /= sum;
  }
  return usage;
}

TEST_F(ConsensusCommand, MediansAreThoseOfTheProcedureAndNearTheTruth) {
  succeed(kFit + "--average --output m");
  const Matrix medians = read("m/consensus/medians.csv");
  ASSERT_EQ(medians.size(), kComponents);
  const Matrix pool = read("m/stack_S.csv");
  ASSERT_EQ(pool.size(), kRestarts * kComponents);
  const Matrix plain = plain_consensus(pool, made.S, 0.5);
  const std::vector<std::size_t> partner = nearest_rows(medians, plain);
  EXPECT_EQ(std::set<std::size_t>(partner.begin(), partner.end()).size(), kComponents);
  const std::vector<std::size_t> truth = nearest_rows(medians, made.S);
  for (std::size_t c = 0; c < kComponents; ++c) {
    EXPECT_GE(cosine(medians[c], plain[partner[c]]), 0.9999);
    EXPECT_GE(cosine(medians[c], made.S[truth[c]]), 0.98);
    EXPECT_NEAR(std::accumulate(medians[c].begin(), medians[c].end(), 0.0), 1, 1e-12);
  }
}

TEST_F(ConsensusCommand, UsageSpectraAndScoresAreLeastSquares) {
  succeed(kFit + "--output m");
  const Matrix& X = made.counts.values;
  const Matrix medians = read("m/consensus/medians.csv");
  const Matrix usage = read("m/consensus/usage.csv");
  for (std::size_t i = 0; i < X.size(); ++i) expect_optimal(usage[i], X[i], medians);
  const Matrix shares = transposed(shares_of(usage));
  const Matrix spectra = transposed(read("m/consensus/spectra.csv"));
  const Matrix scores = transposed(read("m/consensus/spectra_scores.csv"));
  const Matrix columns = transposed(X);
  for (std::size_t j = 0; j < columns.size(); ++j) {
    expect_optimal(spectra[j], columns[j], shares);
    std::vector<double> z = columns[j];
    const auto n = static_cast<double>(z.size());
    const double mean = std::accumulate(z.begin(), z.end(), 0.0) / n;
    for (double& value : z) value -= mean;
    const double deviation = std::sqrt(dot(z, z) / n);
    for (double& value : z) value /= deviation;
    expect_optimal(scores[j], z, shares, 0, 0, /*nonnegative=*/false);
  }
}

TEST_F(ConsensusCommand, TheFitItselfIsTheSameAndTheReportTellsOfBoth) {
  succeed(kFit + "--output m");
  succeed("fit -k 4 x.csv --quiet --restarts 10 --average --output plain");
  EXPECT_EQ(contents(runner.path("m/A.csv")), contents(runner.path("plain/A.csv")));
  EXPECT_EQ(contents(runner.path("m/S.csv")), contents(runner.path("plain/S.csv")));
  EXPECT_FALSE(runner.has("m/stack_S.csv")) << "nobody asked for it";
  const auto report = nlohmann::json::parse(contents(runner.path("m/run.json")));
  EXPECT_EQ(report["options"]["consensus"], true);
  EXPECT_EQ(report["options"]["density_threshold"], 0.5);
  EXPECT_FALSE(report.contains("averaged_restarts"));
  EXPECT_EQ(report["consensus"]["restarts"], kRestarts);
  EXPECT_EQ(report["consensus"]["components"], kRestarts * kComponents);
  const Matrix clusters = read("m/consensus/clusters.csv");  // its first column is the name
  ASSERT_EQ(clusters.size(), kComponents);
  double members = 0;
  for (const auto& row : clusters) {
    members += row[0];
    EXPECT_LE(row[0], clusters.front()[0]);
    EXPECT_GT(row[1], 0.9);  // silhouette
    EXPECT_LT(row[2], 0.5);  // density
  }
  EXPECT_EQ(members + double(report["consensus"]["dropped"]), kRestarts * kComponents);
  EXPECT_EQ(parse(contents(runner.path("m/consensus/usage.csv"))).rows, made.counts.rows);
  EXPECT_EQ(parse(contents(runner.path("m/consensus/spectra.csv"))).columns, made.counts.columns);
}

TEST_F(ConsensusCommand, IsTheSameOnAnyNumberOfProcesses) {
  if (processes() > 1) GTEST_SKIP() << "once is enough";
  succeed(kFit + "--output n1");
  for (const int count : {2, 3, 4, 6}) {
    succeed(kFit + "--overwrite --output n", count);
    for (const std::string file :
         {"usage.csv", "medians.csv", "spectra.csv", "spectra_scores.csv"}) {
      const Matrix one = read("n1/consensus/" + file);
      const Matrix other = read("n/consensus/" + file);
      ASSERT_EQ(one.size(), other.size());
      for (std::size_t i = 0; i < one.size(); ++i) {
        ASSERT_EQ(one[i].size(), other[i].size());
        for (std::size_t j = 0; j < one[i].size(); ++j) {
          EXPECT_NEAR(one[i][j], other[i][j], 1e-7 * (1 + std::abs(one[i][j]))) << file;
        }
      }
    }
  }
}

/// Sparse, of single precision, in a grid, in another format.
TEST_F(ConsensusCommand, AnyMatrixAndLayoutWillDo) {
  succeed(kFit + "--output dense");
  succeed("convert x.csv --output x.mtx");
  const std::string grid = "--grid 1x" + std::to_string(processes());
  succeed("fit -k 4 x.mtx --consensus --quiet --restarts 10 --output sparse " + grid +
          " --sketch off --precision single");
  const Matrix dense = read("dense/consensus/spectra.csv");
  const Matrix sparse = read("sparse/consensus/spectra.csv");
  const std::vector<std::size_t> partner = nearest_rows(dense, sparse);
  for (std::size_t c = 0; c < kComponents; ++c) {
    EXPECT_GE(cosine(dense[c], sparse[partner[c]]), 0.9999);
  }
}

TEST_F(ConsensusCommand, TooLittleAgreementIsAnErrorThatKeepsTheFit) {
  const Outcome outcome = run(kFit + "--density-threshold 1e-9 --output m");
  EXPECT_EQ(outcome.code, 65) << outcome.err;
  for (const std::string mention : {"k = 4", "of 40", "threshold", "'m'"}) {
    EXPECT_NE(outcome.err.find(mention), std::string::npos) << outcome.err;
  }
  EXPECT_TRUE(runner.has("m/A.csv"));
  EXPECT_TRUE(runner.has("m/run.json"));
  EXPECT_FALSE(runner.has("m/consensus"));
}

TEST_F(ConsensusCommand, AnotherRunTakesItsPlaceWhole) {
  succeed(kFit + "--output m");
  succeed("fit -k 2 x.csv --quiet --overwrite --output m");
  EXPECT_FALSE(runner.has("m/consensus"));
  runner.shell("mkdir -p other && echo mine >other/consensus");
  const Outcome outcome = run(kFit + "--output other");
  EXPECT_EQ(outcome.code, 73) << outcome.err;
  EXPECT_EQ(contents(runner.path("other/consensus")), "mine\n");
}

TEST_F(ConsensusCommand, SelectFindsThatOfTheChosenNumber) {
  succeed("select x.csv --k 2:6 --consensus --restarts 8 --quiet --output s");
  const auto choice = nlohmann::json::parse(contents(runner.path("s/select.json")));
  EXPECT_EQ(read("s/consensus/usage.csv").front().size(), choice["chosen_k"]);
}

TEST_F(ConsensusCommand, WhatContradictsIsRefusedByName) {
  const std::string consensus = "--consensus ";
  refuse(consensus + "--race", {"--consensus", "--race"});
  refuse(consensus + "--restart-range 0:2", {"--consensus", "--restart-range"});
  refuse(consensus + "--restarts 1", {"--consensus", "--restarts", "1"});
  refuse(consensus + "--unstored missing", {"--consensus", "--unstored"});
  refuse(consensus + "--unstored missing --bias", {"--consensus", "--bias"});
  refuse(consensus + "--weights x.csv", {"--consensus", "--weights"});
  refuse(consensus + "--constraint none", {"--consensus", "--constraint none"});
  refuse(consensus + "--fix-S s.csv", {"--consensus", "--fix-S"});
  refuse(consensus + "--groups 2", {"--consensus", "--groups"});
  refuse("--density-threshold 1", {"--density-threshold", "--consensus"});
}

}  // namespace
}  // namespace partita::app
