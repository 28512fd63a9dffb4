// Shares of the restarts, run apart and merged, and names of SLURM in --output.
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "app/command_runner.hpp"

namespace partita::app {
namespace {

class Merge : public ::testing::Test {
 protected:
  void SetUp() override {
    runner.write("x.csv", table());
    for (const std::string range : {"0:2", "2:3", "3:5"}) {
      succeed(fit + "--restart-range " + range + " --output part-" + range.substr(0, 1));
    }
  }

  /// A labelled table without structure.
  static std::string table() {
    std::ostringstream text;
    text << "row,a,b,c,d,e,f\n";
    for (int i = 0; i < 12; ++i) {
      text << "r" << i;
      for (int j = 0; j < 6; ++j) text << ',' << (i * 7 + j * j * 5 + i * j) % 11;
      text << '\n';
    }
    return text.str();
  }

  Outcome run(const std::string& arguments) const {
    const char* processes = std::getenv("PARTITA_TEST_PROCESSES");
    return runner.run(processes == nullptr ? 1 : std::atoi(processes), arguments);
  }
  Outcome succeed(const std::string& arguments) const {
    Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.code, 0) << arguments << "\n" << outcome.err;
    return outcome;
  }
  void refuse(const std::string& arguments, int code, const std::vector<std::string>& mentions) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.code, code) << arguments << "\n" << outcome.err;
    for (const std::string& mention : mentions) {
      EXPECT_NE(outcome.err.find(mention), std::string::npos) << arguments << "\n" << outcome.err;
    }
  }
  /// A table without its column of seconds.
  [[nodiscard]] std::string timeless(const std::string& file, std::size_t column) const {
    std::istringstream lines(contents(runner.path(file)));
    std::string all;
    for (std::string line; std::getline(lines, line);) {
      std::istringstream fields(line);
      std::size_t number = 0;
      for (std::string field; std::getline(fields, field, ',');) {
        if (number++ != column) all += field + ",";
      }
      all += "\n";
    }
    return all;
  }

  CommandRunner runner;
  // One by one: the width of a stack shows in the last bits.
  const std::string fit = "fit -k 3 x.csv --seed 4 --restarts 5 --batch 1 --groups 1 ";
};

TEST_F(Merge, TheWholeIsThatOfAllRestarts) {
  for (const std::string format : {"csv", "npy"}) {
    const std::string as = "--output-format " + format + " ";
    for (const std::string range : {"0:2", "2:3", "3:5"}) {
      succeed(fit + as + "--overwrite --restart-range " + range + " --output part-" +
              range.substr(0, 1));
    }
    succeed(fit + as + "--overwrite --output whole");
    const Outcome merged =
        succeed("merge part-3 part-0 part-2 --overwrite --output merged-" + format);
    for (const std::string name : {"A.", "S."}) {
      EXPECT_EQ(contents(runner.path("merged-" + format + "/" + name + format)),
                contents(runner.path("whole/" + name + format)));
    }
    EXPECT_EQ(timeless("merged-" + format + "/restarts.csv", 4), timeless("whole/restarts.csv", 4));
    EXPECT_EQ(timeless("merged-" + format + "/traces.csv", 2), timeless("whole/traces.csv", 2));
    const auto report =
        nlohmann::json::parse(contents(runner.path("merged-" + format + "/run.json")));
    const auto expected = nlohmann::json::parse(contents(runner.path("whole/run.json")));
    for (const std::string name : {"best_restart", "relative_error", "iterations", "identity"}) {
      EXPECT_EQ(report[name], expected[name]) << name;
    }
    EXPECT_EQ(report["merged_from"].size(), 3U);
    EXPECT_EQ(merged.number("best_restart"), expected["best_restart"].get<double>());
    EXPECT_EQ(merged.fields().at("output"), "merged-" + format);
  }
  succeed("merge merged-npy --output again");
}

TEST_F(Merge, MixturesAreRefused) {
  succeed("fit -k 3 x.csv --seed 5 --restarts 5 --restart-range 3:5 --output seed");
  refuse("merge part-0 seed --output m", 64, {"seed is 4 in part-0 and 5 in seed"});
  runner.write("y.csv", table() + "r12,1,2,3,4,5,6\n");
  succeed("fit -k 3 y.csv --seed 4 --restarts 5 --restart-range 3:5 --output rows");
  refuse("merge part-0 rows --output m", 64, {"number of rows of the matrix is 12", "13 in rows"});
  succeed(fit + "--restart-range 1:3 --output overlap");
  refuse("merge part-0 overlap --output m", 64, {"restart 1 is in part-0 and in overlap"});
  EXPECT_FALSE(runner.has("m"));
}

TEST_F(Merge, WhatIsNoFinishedRunIsRefused) {
  refuse("merge part-0 nothing --output m", 66, {"nothing", "no run.json"});
  runner.shell("cp -r part-2 damaged && echo '{' > damaged/run.json");
  refuse("merge part-0 damaged --output m", 65, {"damaged"});
  runner.shell("echo '{\"status\": 7, \"identity\": {}}' > damaged/run.json");
  refuse("merge part-0 damaged --output m", 65, {"damaged"});
  runner.shell("cp -r part-0 short && sed -i 3d short/restarts.csv");
  refuse("merge short --output m", 65, {"short", "the 2 restarts"});
  runner.shell("cp -r part-2 bare && rm bare/A.csv && cp -r part-2 tables && rm tables/traces.csv");
  refuse("merge bare --output m", 65, {"bare", "A and S"});
  refuse("merge tables --output m", 66, {"tables/traces.csv"});
  succeed("generate lowrank --rows 200 --columns 150 -k 8 --output big.npy");
  EXPECT_EQ(run("fit -k 8 big.npy --solver mu --max-iterations 1000000000 --tolerance 0 "
                "--keep-partial --max-time 0.2 --output early")
                .code,
            75);
  refuse("merge early --output m", 65, {"early", "stopped early (time_limit)"});
  refuse("merge part-0", 64, {"--output"});
  refuse("merge --output m", 64, {"missing DIR"});
  refuse("merge part-0 --output part-2", 73, {"holds a finished run"});
  refuse("merge part-0 part-2 --overwrite --output part-2", 64, {"is one of the runs"});
  EXPECT_FALSE(runner.has("m"));
  EXPECT_TRUE(runner.has("part-2/A.csv"));
}

TEST_F(Merge, AReportThatMayBeAnything) {
  const auto report = [&](const std::string& text) {
    runner.shell("rm -rf odd && cp -r part-2 odd");
    runner.write("odd/run.json", text);
  };
  const std::string deep(200000, '[');
  report(deep);
  refuse("merge part-0 odd --output m", 65, {"odd/run.json", "nested"});
  report("{\"status\": " + deep + std::string(200000, ']') + "}");
  refuse("merge part-0 odd --output m", 65, {"odd/run.json", "nested"});
  report(std::string(20000000, ' '));
  refuse("merge part-0 odd --output m", 65, {"odd/run.json", "bytes"});
  for (const std::string text : {"", "{", "\xff", "[1e999]"}) {
    report(text);
    refuse("merge part-0 odd --output m", 65, {"odd/run.json", "damaged"});
  }
  report("7");
  refuse("merge part-0 odd --output m", 65, {"odd/run.json", "an object"});
  for (const std::string make : {"mkdir", "mkfifo", "ln -s /dev/zero"}) {
    runner.shell("rm odd/run.json; " + make + " odd/run.json");
    refuse("merge part-0 odd --output m", 65, {"odd/run.json", "unreadable"});
    runner.shell("rm -r odd/run.json");
  }
  EXPECT_FALSE(runner.has("m"));
}

TEST_F(Merge, FieldsOfAnotherKindAreNamed) {
  const auto sound = nlohmann::json::parse(contents(runner.path("part-2/run.json")));
  runner.shell("cp -r part-2 odd");
  const auto odd = [&](const std::string& name, const nlohmann::json& value) {
    nlohmann::json changed = sound;
    const nlohmann::json::json_pointer field("/" + name);
    value.is_discarded() ? static_cast<void>(changed.erase(name)) : void(changed[field] = value);
    runner.write("odd/run.json", changed.dump());
  };
  const nlohmann::json nothing(nlohmann::json::value_t::discarded);
  const std::vector<std::pair<std::string, std::vector<nlohmann::json>>> cases = {
      {"status", {7, nullptr, "ended", nothing}},
      {"best_restart", {"2", -1, 2.0, 1e300, 18446744073709551615U, true, nothing}},
      {"iterations", {nullptr, -3, nothing}},
      {"relative_error", {nullptr, "0.5", nothing}},
      {"seconds", {nlohmann::json::array(), nothing}},
      {"options", {nlohmann::json::array(), "", nothing}},
      {"identity", {nullptr, 1, nothing}}};
  for (const auto& [name, values] : cases) {
    for (const nlohmann::json& value : values) {
      odd(name, value);
      refuse("merge odd --output m", 65, {"odd/run.json", "'" + name + "'"});
    }
  }
  odd("identity/seed", 4);
  refuse("merge odd --output m", 65, {"odd/run.json", "'identity.seed'"});
  odd("identity", nlohmann::json::object());
  refuse("merge odd --output m", 65, {"odd", "identity.restarts"});
  EXPECT_FALSE(runner.has("m"));
}

TEST_F(Merge, TablesAndFactorsThatAreNoFiles) {
  for (const std::string name : {"traces.csv", "restarts.csv", "A.csv"}) {
    for (const std::string make : {"mkdir", "mkfifo", "ln -s /dev/zero"}) {
      const std::string file = "odd/" + name;
      runner.shell("rm -rf odd; cp -r part-2 odd; rm " + file + "; " + make + " " + file);
      refuse("merge part-0 odd --output m", 65, {"odd"});
    }
  }
  runner.shell("rm -rf odd; cp -r part-2 odd; truncate -s 100G odd/traces.csv");
  refuse("merge part-0 odd --output m", 65, {"odd", "traces.csv"});
  runner.shell("rm -rf odd; cp -r part-2 odd; : >odd/restarts.csv");
  refuse("merge part-0 odd --output m", 65, {"odd", "restarts.csv"});
}

TEST_F(Merge, OutputTakesNamesOfSlurm) {
  EXPECT_EQ(runner
                .run(1, fit + "--output run-%j-%A-%a-%x-%%",
                     "SLURM_JOB_ID=7 SLURM_ARRAY_JOB_ID=6 SLURM_ARRAY_TASK_ID=5 "
                     "SLURM_JOB_NAME=night")
                .code,
            0);
  EXPECT_TRUE(runner.has("run-7-6-5-night-%/A.csv"));
  EXPECT_EQ(runner.run(1, fit + "--output alone-%A", "SLURM_JOB_ID=7").code, 0);
  EXPECT_TRUE(runner.has("alone-7/A.csv"));
  refuse(fit + "--output run-%j", 64, {"--output run-%j", "SLURM_JOB_ID"});
  refuse(fit + "--output run-%q", 64, {"%q"});
  refuse(fit + "--output run-%", 64, {"--output run-%"});
}

}  // namespace
}  // namespace partita::app
