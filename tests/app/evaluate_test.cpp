// evaluate --model, and what all commands say of a folder that is no model.
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "app/model_runner.hpp"

namespace partita::app {
namespace {

class EvaluateTest : public ModelTest {};

TEST_F(EvaluateTest, EvaluateTellsOfTheEntriesThatAreStored) {
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

TEST_F(EvaluateTest, BadModels) {
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

}  // namespace
}  // namespace partita::app
