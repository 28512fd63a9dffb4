// predict: pairs and the best columns of rows, against plain loops.
#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "app/model_runner.hpp"

namespace partita::app {
namespace {

class PredictTest : public ModelTest {};

TEST_F(PredictTest, PairsInTheOrderOfTheFile) {
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

TEST_F(PredictTest, BestColumnsOfRows) {
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

TEST_F(PredictTest, NumbersWhereThereAreNoNames) {
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

TEST_F(PredictTest, PairsThatAreNone) {
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
