// Missing and weighted entries from the command line: the same answer however they are stated, and
// what is refused.
#include <cmath>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "app/command_runner.hpp"

namespace partita::app {
namespace {

class Entries : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ostringstream table, filled, weights, uncertainties, market, all;
    int stored = 0;
    for (int i = 0; i < 12; ++i) {
      for (int j = 0; j < 8; ++j) {
        const double value = (i * 7 + j * 5 + i * j) % 11;
        const bool known = (i + 2 * j) % 5 != 0;
        const char* const end = j == 7 ? "\n" : ",";
        table << (known ? std::to_string(value) : "nan") << end;
        filled << (known ? value : 3.5) << end;
        weights << (known ? 4 : 0) << end;
        uncertainties << (known ? 0.5 : 1e8) << end;
        if (!known) continue;
        all << i + 1 << ' ' << j + 1 << ' ' << value << '\n';
        ++stored;
      }
    }
    market << "%%MatrixMarket matrix coordinate real general\n12 8 " << stored << '\n' << all.str();
    runner.write("nan.csv", table.str());
    runner.write("x.csv", filled.str());
    runner.write("w.csv", weights.str());
    runner.write("u.csv", uncertainties.str());
    runner.write("x.mtx", market.str());
  }

  Outcome run(const std::string& arguments) const {
    const char* processes = std::getenv("PARTITA_TEST_PROCESSES");
    return runner.run(processes == nullptr ? 1 : std::atoi(processes), arguments);
  }
  double error(const std::string& arguments) const {
    const Outcome outcome =
        run("fit -k 2 --quiet --overwrite --max-iterations 40 --tolerance 0 " + arguments);
    EXPECT_EQ(outcome.code, 0) << arguments << "\n" << outcome.err;
    return outcome.number("relative_error");
  }
  void refuse(const std::string& arguments, int code, const std::vector<std::string>& mentions) {
    const Outcome outcome = run("fit -k 2 --output refused " + arguments);
    EXPECT_EQ(outcome.code, code) << arguments << "\n" << outcome.err;
    for (const std::string& mention : mentions) {
      EXPECT_NE(outcome.err.find(mention), std::string::npos) << arguments << "\n" << outcome.err;
    }
    EXPECT_FALSE(runner.has("refused/A.npy"));
  }

  CommandRunner runner;
};

TEST_F(Entries, AreTheSameHoweverTheyAreStated) {
  const double missing = error("x.mtx --unstored missing");
  EXPECT_GT(missing, 0);
  EXPECT_NEAR(error("nan.csv --nan missing"), missing, 1e-12);
  EXPECT_NEAR(error("x.csv --weights w.csv"), missing, 1e-9) << "weights 0 and 4";
  EXPECT_NEAR(error("x.csv --uncertainties u.csv"), missing, 1e-6) << "nearly no weight";
  EXPECT_NEAR(error("x.mtx --unstored 0"), missing, 1e-12);
  EXPECT_GT(std::abs(error("x.mtx") - missing), 1e-3) << "zeros are something else";
  EXPECT_NEAR(error("x.mtx --unstored 1"), error("x.mtx --unstored zero"), 0);
  EXPECT_GT(std::abs(error("x.mtx --unstored 0.5") - missing), 1e-3);
}

TEST_F(Entries, FollowTheMatrixWhenItIsTransposed) {
  EXPECT_NEAR(error("x.csv --weights w.csv --transpose"), error("x.csv --weights w.csv"), 0.05);
}

TEST_F(Entries, AreEquationsForKaczmarz) {
  const std::string kaczmarz = " --solver kaczmarz";
  const double missing = error("x.mtx --unstored missing" + kaczmarz);
  EXPECT_LT(missing, 0.5);
  EXPECT_NEAR(error("nan.csv --nan missing" + kaczmarz), missing, 1e-9);
  EXPECT_NEAR(error("x.csv --weights w.csv" + kaczmarz), missing, 1e-9) << "weights 0 and 4";
  EXPECT_NEAR(error("x.mtx --unstored missing --precision single" + kaczmarz), missing, 1e-2);
}

TEST_F(Entries, TheRuleIsPrintedAndCanBeForced) {
  const std::string plan = "fit -k 2 --dry-run x.mtx --unstored missing";
  EXPECT_NE(run(plan).out.find("entry_rule: gram\n"), std::string::npos);
  EXPECT_NE(run(plan + " --entry-rule residuals").out.find("entry_rule: residuals\n"),
            std::string::npos);
  EXPECT_NE(run(plan + " --solver kaczmarz").out.find("entry_rule: equations\n"),
            std::string::npos);
  EXPECT_EQ(run("fit -k 2 --dry-run x.mtx").out.find("entry_rule"), std::string::npos);
}

TEST_F(Entries, WhatDoesNotFitIsRefused) {
  runner.write("small.csv", "1,2\n3,4\n");
  runner.write("negative.csv", [] {
    std::string text;
    for (int i = 0; i < 12; ++i) text += i == 4 ? "1,1,-2,1,1,1,1,1\n" : "1,1,1,1,1,1,1,1\n";
    return text;
  }());
  runner.write("none.csv", [] {
    std::string text;
    for (int i = 0; i < 12; ++i) text += "0,0,0,0,0,0,0,0\n";
    return text;
  }());
  refuse("nan.csv", 65, {"nan.csv", "--nan missing"});
  refuse("x.csv --weights small.csv", 65, {"small.csv", "2 x 2", "12 x 8"});
  refuse("x.csv --weights negative.csv", 65, {"negative.csv", "-2", "negative"});
  refuse("x.csv --uncertainties none.csv", 65, {"none.csv", "row 1, column 1", "uncertainty"});
  refuse("x.csv --weights none.csv", 65, {"nothing is left to fit"});
  refuse("x.csv --weights gone.csv", 66, {"gone.csv"});
  refuse("x.csv --weights w.csv --uncertainties u.csv", 64, {"--weights", "--uncertainties"});
  refuse("nan.csv --nan missing --unstored zero", 64, {"--nan missing", "--unstored"});
  refuse("x.mtx --unstored 2", 64, {"--unstored", "at most 1"});
  refuse("x.mtx --unstored -1", 64, {"--unstored"});
  refuse("x.mtx --unstored some", 64, {"--unstored", "some"});
  refuse("x.mtx --unstored missing --schedule random", 64, {"--unstored", "--schedule sweep"});
  refuse("x.mtx --unstored 0.5 --solver kaczmarz", 64, {"--unstored", "--solver als"});
  refuse("x.mtx --weights x.mtx --solver kaczmarz", 64, {"--unstored missing", "--solver als"});
  refuse("x.csv --weights w.csv --schedule random", 64, {"weights", "--schedule sweep"});
  refuse("x.mtx --unstored missing --sketch on", 64, {"--sketch", "missing"});
  refuse("x.mtx --unstored missing --solver kaczmarz --entry-rule gram", 64, {"--entry-rule"});
  refuse("x.mtx --entry-rule gram", 64, {"--entry-rule"});
  refuse("x.mtx --unstored missing --nnls bpp --entry-rule residuals", 64, {"--entry-rule"});
}

}  // namespace
}  // namespace partita::app
