// select: the choice, its files and its failures, from the command line.
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

using nlohmann::json;

int processes() {
  const char* const count = std::getenv("PARTITA_TEST_PROCESSES");
  return count == nullptr ? 1 : std::atoi(count);
}

class SelectTest : public ::testing::Test {
 protected:
  SelectTest() {
    EXPECT_EQ(runner
                  .run(1,
                       "generate lowrank --rows 90 --columns 70 -k 4 --noise 0.1 --seed 2 "
                       "--output x.npy")
                  .code,
              0);
  }
  [[nodiscard]] Outcome select(const std::string& arguments, int count = processes()) const {
    return runner.run(count, "select x.npy --output s " + arguments);
  }
  [[nodiscard]] json chosen(const std::string& folder = "s") const {
    return json::parse(contents(runner.path(folder + "/select.json")));
  }
  /// Cells of select.csv, the head first.
  [[nodiscard]] std::vector<std::vector<std::string>> table() const {
    std::vector<std::vector<std::string>> rows;
    std::istringstream lines(contents(runner.path("s/select.csv")));
    for (std::string line; std::getline(lines, line);) {
      rows.emplace_back();
      std::istringstream cells(line + ",");
      for (std::string cell; std::getline(cells, cell, ',');) rows.back().push_back(cell);
    }
    return rows;
  }
  CommandRunner runner;
};

TEST_F(SelectTest, NamesTheTrueKByEveryMethod) {
  for (const std::string method : {"auto", "holdout", "bcv", "stability", "all"}) {
    SCOPED_TRACE(method);
    const Outcome outcome = select("--k 2:7 --overwrite --method " + method);
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(outcome.fields()["chosen_k"], "4") << outcome.out << outcome.err;
    const json found = chosen();
    EXPECT_EQ(found["chosen_k"], 4);
    EXPECT_EQ(found["method"], method == "auto" ? "holdout" : method);
    EXPECT_EQ(found["evidence"].size(), 7u);
    EXPECT_EQ(json::parse(contents(runner.path("s/run.json")))["options"]["components"], 4);
  }
}

TEST_F(SelectTest, TakesQuartersWhereTheSolverKnowsNoMasks) {
  for (const std::string options : {"--solver kaczmarz", "--solver mu", "--nnls bpp --threads 2",
                                    "--precision single --l2-A 0.01 --l2-S 0.01"}) {
    SCOPED_TRACE(options);
    const Outcome outcome = select("--k 3:6 --overwrite " + options);
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(chosen()["chosen_k"], 4);
    EXPECT_EQ(chosen()["method"], options == "--solver kaczmarz" ? "bcv" : "holdout");
  }
}

TEST_F(SelectTest, WritesItsEvidenceAndTheRunOfTheChosenK) {
  ASSERT_EQ(select("--k 1:6").code, 0);
  for (const std::string file : {"A.npy", "S.npy", "run.json", "traces.csv", "consensus.npy"}) {
    EXPECT_TRUE(runner.has("s/" + file)) << file;
  }
  EXPECT_FALSE(runner.has("s/select-checkpoint"));
  const auto rows = table();
  const std::vector<std::string> head = {
      "k",          "held_out_error",  "held_out_standard_error", "training_error",
      "gain_share", "silhouette_mean", "silhouette_minimum",      "cophenetic_correlation",
      "dispersion"};
  ASSERT_EQ(rows.size(), 7u);
  EXPECT_EQ(rows[0], head);
  const json found = chosen();
  for (std::size_t i = 1; i < rows.size(); ++i) {
    ASSERT_EQ(rows[i].size(), head.size());
    EXPECT_EQ(rows[i][0], std::to_string(i));
    const json& evidence = found["evidence"][i - 1];
    EXPECT_EQ(std::strtod(rows[i][1].c_str(), nullptr), evidence["held_out_error"]);
    double mean = 0;
    for (const json& error : evidence["held_out_errors"]) mean += error.get<double>() / 3;
    EXPECT_NEAR(mean, evidence["held_out_error"], 1e-12);
    EXPECT_EQ(rows[i][5].empty(), i != 4) << "only the chosen k's restarts are compared";
  }
  EXPECT_EQ(found["weak"], 4);
  EXPECT_EQ(found["strong"], 4);
  EXPECT_EQ(found["decided_by"], "clear elbow");
  EXPECT_EQ(runner.run(1, "evaluate x.npy --model s").code, 0) << "it is a model";
}

TEST_F(SelectTest, IsTheSameOnAnyNumberOfProcesses) {
  ASSERT_EQ(select("--k 1:6", 1).code, 0);
  const json one = chosen();
  for (const int count : {processes(), 6}) {
    const Outcome outcome = select("--k 1:6 --overwrite", count);
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    const json found = chosen();
    EXPECT_EQ(found["chosen_k"], one["chosen_k"]);
    EXPECT_EQ(found["cautions"], one["cautions"]);
    for (std::size_t i = 0; i < 6; ++i) {
      const double wanted = one["evidence"][i]["held_out_error"];
      EXPECT_NEAR(found["evidence"][i]["held_out_error"], wanted, 1e-6 * wanted);
    }
  }
}

TEST_F(SelectTest, GoesOnWhereItStopped) {
  ASSERT_EQ(select("--k 1:6").code, 0);
  const json whole = chosen();
  const std::string again =
      "select x.npy --k 1:6 --output t --quiet --checkpoint-every 0 --tolerance 0 "
      "--max-iterations 150";
  const Outcome stopped = runner.run(processes(), again + " --max-time 0.3");
  ASSERT_EQ(stopped.code, 75) << stopped.err;
  EXPECT_TRUE(runner.has("t/select-checkpoint"));
  const Outcome other = runner.run(processes(), again + " --seed 3");
  EXPECT_EQ(other.code, 64) << other.err;
  EXPECT_NE(other.err.find("seed is 0 there and 3 here"), std::string::npos) << other.err;
  const Outcome ended = runner.run(processes(), again + " --resume require");
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(chosen("t")["chosen_k"], whole["chosen_k"]);
  const Outcome refused = runner.run(processes(), again);
  EXPECT_EQ(refused.code, 73) << "it holds a finished run";
}

TEST_F(SelectTest, NamesOfTheMatrixGoAlong) {
  std::string text = ",a,b,c,d,e,f,g,h\n";
  for (int i = 0; i < 20; ++i) {
    text += "r" + std::to_string(i);
    for (int j = 0; j < 8; ++j)
      text += "," + std::to_string((i % 3 == j % 3 ? 9 : 1) + (i * j) % 2);
    text += "\n";
  }
  runner.write("named.csv", text);
  const Outcome outcome = runner.run(processes(), "select named.csv --k 1:4 --output n");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const std::string consensus = contents(runner.path("n/consensus.csv"));
  EXPECT_TRUE(consensus.starts_with(",a,b,c,d,e,f,g,h\na,1,")) << consensus;
}

/// Squares of such entries are beyond what a double holds.
TEST_F(SelectTest, TheUnitOfTheMatrixDoesNotMatter) {
  const auto table_in = [](const std::string& exponent) {
    std::string text;
    for (int i = 0; i < 24; ++i) {
      for (int j = 0; j < 16; ++j) {
        const int value = (1 + i % 4) * (1 + j % 3) + (i % 5) * (j % 7) + (i * j) % 2;
        text += (j > 0 ? "," : "") + std::to_string(value) + exponent;
      }
      text += "\n";
    }
    return text;
  };
  for (const std::string exponent : {"", "e200", "e-200"}) {
    runner.write("in" + exponent + ".csv", table_in(exponent));
  }
  for (const std::string method : {"holdout", "bcv"}) {
    const auto found = [&](const std::string& exponent) {
      const Outcome outcome = runner.run(processes(), "select in" + exponent +
                                                          ".csv --header no --k 1:5 --overwrite "
                                                          "--output u --method " +
                                                          method);
      EXPECT_EQ(outcome.code, 0) << outcome.err;
      return chosen("u");
    };
    const json expected = found("");
    for (const std::string exponent : {"e200", "e-200"}) {
      SCOPED_TRACE(method + " " + exponent);
      const json scaled = found(exponent);
      EXPECT_EQ(scaled["chosen_k"], expected["chosen_k"]);
      EXPECT_EQ(scaled["weak"], expected["weak"]);
      EXPECT_EQ(scaled["strong"], expected["strong"]);
      for (std::size_t i = 0; i < 5; ++i) {
        const double share = expected["evidence"][i]["gain_share"];
        EXPECT_NEAR(scaled["evidence"][i]["gain_share"], share, 1e-6);
      }
      EXPECT_EQ(scaled["cautions"].dump().find("counts"), std::string::npos)
          << "numbers that cannot be but whole are no counts";
    }
  }
}

/// Of a single entry a mask holds out all: what is left predicts 0.
TEST_F(SelectTest, AMaskMayHoldOutAllThereIs) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += i == 3 ? "0,0,5,0,0,0\n" : "0,0,0,0,0,0\n";
  runner.write("single.csv", text);
  const Outcome outcome =
      runner.run(processes(), "select single.csv --header no --k 1:3 --masks 10 --output one");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  int all_missed = 0;
  const json found = chosen("one");
  for (const json& error : found["evidence"][0]["held_out_errors"]) {
    if (error.get<double>() > 0.1) ++all_missed;
  }
  EXPECT_EQ(all_missed, 1);
}

TEST_F(SelectTest, AnExactModelNeedsNoMoreComponents) {
  std::string text;
  for (int i = 1; i <= 40; ++i) {
    for (int j = 1; j <= 30; ++j) text += (j > 1 ? "," : "") + std::to_string(i * (1 + j % 7));
    text += "\n";
  }
  runner.write("exact.csv", text);
  ASSERT_EQ(runner.run(processes(), "select exact.csv --k 1:5 --output e").code, 0);
  EXPECT_EQ(chosen("e")["chosen_k"], 1);
}

TEST_F(SelectTest, ErrorsAreInTheUnitOfTheMatrix) {
  std::string text;
  for (int i = 1; i <= 40; ++i) {
    for (int j = 1; j <= 30; ++j) {
      text += (j > 1 ? "," : "") + std::to_string(i % 3 * (1 + j % 7) + i * j % 5) + "e60";
    }
    text += "\n";
  }
  runner.write("large.csv", text);
  std::string small = text;
  for (std::size_t at = 0; (at = small.find("e60", at)) != std::string::npos;) small.erase(at, 3);
  runner.write("small.csv", small);
  for (const std::string name : {"large", "small"}) {
    ASSERT_EQ(runner.run(processes(), "select " + name + ".csv --k 1:3 --output " + name).code, 0);
  }
  const double error = chosen("small")["evidence"][0]["held_out_error"];
  const double large = chosen("large")["evidence"][0]["held_out_error"];
  EXPECT_NEAR(large / 1e120, error, 1e-8 * error);
}

TEST_F(SelectTest, ALaterRunTakesTheChoiceAway) {
  ASSERT_EQ(select("--k 3:5").code, 0);
  ASSERT_EQ(runner.run(processes(), "fit x.npy -k 2 --output s --overwrite").code, 0);
  EXPECT_FALSE(runner.has("s/select.json"));
  EXPECT_FALSE(runner.has("s/consensus.npy"));
}

TEST_F(SelectTest, DryRunTellsThePlan) {
  const Outcome outcome = select("--k 2:7 --dry-run");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("method: holdout\nfits: 21\n"), std::string::npos) << outcome.out;
  EXPECT_FALSE(runner.has("s"));
}

TEST_F(SelectTest, WhatDoesNotFitIsToldByName) {
  std::string same;
  for (int i = 0; i < 30; ++i) same += "2,2,2,2\n";
  runner.write("same.csv", same);
  runner.write("tiny.csv", "1,2,3\n3,2,1\n1,1,2\n");
  runner.write("sparse.mtx",
               "%%MatrixMarket matrix coordinate real general\n9 8 3\n1 1 1\n2 2 2\n3 3 3\n");
  struct Refusal {
    std::string arguments;
    int code;
    std::string words;
  };
  const std::vector<Refusal> refusals = {
      {"x.npy", 64, "missing --k"},
      {"x.npy --k 5", 64, "--k names 5 alone"},
      {"x.npy --k 3:4:2", 64, "--k names 3 alone"},
      {"x.npy --k 7:3", 64, "ends before it begins"},
      {"x.npy --k 2:x", 64, "--k"},
      {"x.npy --k 2:5:1:1", 64, "LEAST:MOST"},
      {"x.npy --k 0:5", 64, "--k"},
      {"x.npy --k 2:71", 64, "beyond the 70 columns"},
      {"x.npy --k 2:40 --method bcv", 64, "may end at 35"},
      {"x.npy --k 2:5 --hold-out 0.8", 64, "--hold-out"},
      {"x.npy --k 2:5 --solver kaczmarz --method holdout", 64, "--method holdout"},
      {"x.npy --k 2:5 --method stability --rule argmin", 64, "--rule argmin"},
      {"x.npy --k 2:5 --method stability --rule gain", 64, "--rule gain"},
      {"x.npy --k 2:5 --method bcv --masks 4", 64, "--masks goes with --method holdout"},
      {"x.npy --k 2:5 --method stability --hold-out 0.2", 64, "--hold-out goes with"},
      {"x.npy --k 2:5 --masks 1000000000", 64, "--masks 1000000000: there may be 1000"},
      {"x.npy --k 2:5 --most-masks 1001", 64, "--most-masks 1001"},
      {"x.npy --k 1:5:9223372036854775807", 64, "--k names 1 alone"},
      {"tiny.csv --k 1:2", 64, "too few entries"},
      {"sparse.mtx --k 1:2 --method holdout", 64, "--method bcv"},
      {"same.csv --k 1:3", 65, "same.csv: all entries are 2"},
      {"missing.npy --k 1:3", 66, "missing.npy"},
      {"x.npy --k 1:3 --average", 64, "average"},
  };
  for (const Refusal& refusal : refusals) {
    SCOPED_TRACE(refusal.arguments);
    const Outcome outcome = runner.run(processes(), "select --output r " + refusal.arguments);
    EXPECT_EQ(outcome.code, refusal.code) << outcome.err;
    EXPECT_NE(outcome.err.find(refusal.words), std::string::npos) << outcome.err;
    EXPECT_FALSE(runner.has("r")) << "nothing is left behind";
  }
}

TEST_F(SelectTest, MoreMemoryThanThereIsIsRefused) {
  const Outcome outcome =
      runner.run(processes(), "select x.npy --k 2:7 --output s", "PARTITA_MEMORY_LIMIT=1M");
  EXPECT_EQ(outcome.code, 64) << outcome.err;
  EXPECT_NE(outcome.err.find("memory"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace partita::app
