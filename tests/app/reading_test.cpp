// What every command says of the file that it reads, and which files all of them refuse.

#include <cstdlib>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "command_runner.hpp"

namespace partita::app {
namespace {

int processes() {
  const char* value = std::getenv("PARTITA_TEST_PROCESSES");
  return value == nullptr ? 1 : std::atoi(value);
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

class Reading : public testing::Test {
 protected:
  void SetUp() override {
    runner.write("A.csv", "component_1\n1\n2\n1\n3\n");
    runner.write("S.csv", "component_1,1,2,3,1\n");
  }
  /// Every command that reads `file`, 4 x 4 or not readable.
  static std::vector<std::string> commands(const std::string& file) {
    return {"info " + file, "convert " + file + " --overwrite --output out.npy",
            "evaluate " + file + " --A A.csv --S S.csv",
            "fit -k 1 " + file + " --overwrite --progress none --max-iterations 2"};
  }
  Outcome run(const std::string& arguments) { return runner.run(processes(), arguments); }

  CommandRunner runner;
};

TEST_F(Reading, IsSaidOnceInOneLine) {
  runner.write("years.csv",
               "# of a survey\ncountry;2001;2002;2003;2004\na;1,5;4;2;3\nb;2;5;1;1\n"
               "c;3;1;1;2\nd;4;2;7;5\n");
  const std::string line =
      "partita: years.csv: 4 x 4, dense, header yes, row_labels yes, separator semicolon, decimal "
      "comma, comment_lines 1\n";
  for (const std::string& command : commands("years.csv")) {
    const Outcome outcome = run(command);
    EXPECT_EQ(outcome.code, 0) << command << outcome.err;
    EXPECT_EQ(count_of(outcome.err, line), 1U) << command << outcome.err;
    const Outcome quiet = run(command.substr(0, command.find(" --progress")) + " --quiet");
    EXPECT_EQ(quiet.code, 0) << command << quiet.err;
    EXPECT_EQ(quiet.err, "") << command;
  }
  const Outcome info = run("info years.csv");
  EXPECT_NE(info.out.find("header: yes\nrow_labels: yes\nseparator: semicolon\ndecimal: comma\n"
                          "comment_lines: 1\n"),
            std::string::npos)
      << info.out;
}

TEST_F(Reading, WarningsComeWithEveryCommand) {
  runner.write("x.csv", "0,1,2,3\n5,1,7,2\n8,1,3,6\n4,7,1,2\n");
  for (const std::string& command : commands("x.csv")) {
    const Outcome outcome = run(command);
    EXPECT_EQ(outcome.code, 0) << command << outcome.err;
    EXPECT_EQ(count_of(outcome.err, "x.csv: warning: the first row"), 1U) << outcome.err;
    EXPECT_EQ(count_of(outcome.err, "--header yes"), 1U) << outcome.err;
  }
  EXPECT_EQ(count_of(run("info x.csv --header no").err, "warning"), 0U);
}

TEST_F(Reading, WhatIsNoMatrixIsRefusedByAll) {
  struct Case {
    std::string file;
    std::string text;
    std::string mention;
  };
  const std::string nul(1, '\0');
  std::string wide = "\xff\xfe";
  for (const char c : std::string("a,b\n1,2\n3,4\n")) wide += c + nul;
  const std::vector<Case> cases = {
      {"wide.csv", wide, "UTF-16"},
      {"nul.csv", "1,2\n" + nul + "3,4\n5,6\n", "line 2"},
      {"torn.csv", "1,2\n" + std::string(4096, '\0'), "line 2"},
      {"header.csv", "a,b,c\n", "header.csv"},
      {"comments.csv", "# a\n# b\n", "comments.csv"},
      {"either.csv", "x\n1,5\n2,25\n", "--decimal"},
  };
  for (const Case& bad : cases) {
    runner.write(bad.file, bad.text);
    for (const std::string& command : commands(bad.file)) {
      const Outcome outcome = run(command);
      EXPECT_EQ(outcome.code, 65) << command << outcome.err;
      EXPECT_NE(outcome.err.find(bad.mention), std::string::npos) << command << outcome.err;
      EXPECT_EQ(outcome.out, "") << command;
    }
    EXPECT_FALSE(runner.has("out.npy")) << bad.file;
    EXPECT_FALSE(runner.has("partita-run")) << bad.file;
  }
}

TEST_F(Reading, InfoPrintsNumbersOrNone) {
  runner.write("x.csv", "nan,inf\n-inf,nan\n");
  const Outcome info = run("info x.csv");
  EXPECT_EQ(info.code, 0) << info.err;
  EXPECT_NE(info.out.find("min: none\nmax: none\nmean: none\n"), std::string::npos) << info.out;
  runner.write("y.csv", "1,inf\n-2,nan\n");
  EXPECT_NE(run("info y.csv").out.find("min: -2\nmax: 1\nmean: -0.5\n"), std::string::npos);
}

TEST_F(Reading, OptionsFileWithAByteOrderMark) {
  runner.write("x.csv", "1|2\n3|4\n5|6\n");
  runner.write("options", "\xef\xbb\xbfseparator = |\r\n");
  const Outcome info = run("info x.csv --config options");
  EXPECT_EQ(info.code, 0) << info.err;
  EXPECT_NE(info.out.find("columns: 2\n"), std::string::npos) << info.out;
}

TEST_F(Reading, SeparatorsThatCannotBe) {
  runner.write("x.csv", "1,2\n3,4\n");
  for (const std::string separator : {"5", ".", "e", "comma,", "''"}) {
    const Outcome outcome = run("info x.csv --separator " + separator);
    EXPECT_EQ(outcome.code, 64) << separator << outcome.err;
    EXPECT_NE(outcome.err.find("--separator"), std::string::npos) << outcome.err;
  }
  EXPECT_EQ(run("info x.csv --decimal :").code, 64);
}

/// They are observations where what is not stored is missing, so no command may lose them.
TEST_F(Reading, ZerosThatASparseFileStatesAreStored) {
  const std::string head = "%%MatrixMarket matrix coordinate real general\n";
  runner.write("z.mtx", head + "4 40 4\n4 40 0\n2 2 3\n1 1 0\n2 2 1\n");
  const Outcome info = run("info z.mtx");
  EXPECT_NE(info.out.find("storage: sparse\nstored: 3\nnonzeros: 1\n"), std::string::npos)
      << info.out;
  EXPECT_NE(info.out.find("empty_rows: 3\nempty_columns: 39\nduplicates: 1\n"), std::string::npos)
      << info.out;
  const auto converted = [&](const std::string& from, const std::string& to) {
    const Outcome outcome = run("convert " + from + " --overwrite --quiet --output " + to);
    EXPECT_EQ(outcome.code, 0) << from << outcome.err;
    return contents(runner.path(to));
  };
  EXPECT_EQ(converted("z.mtx", "y.mtx"), head + "4 40 3\n1 1 0\n2 2 4\n4 40 0\n");
  EXPECT_EQ(converted("z.mtx --transpose", "y.mtx"), head + "40 4 3\n1 1 0\n2 2 4\n40 4 0\n");
  runner.write("full.mtx", head + "2 2 3\n1 1 0\n1 2 5\n2 2 1\n");
  EXPECT_EQ(converted("full.mtx", "y.mtx"), head + "2 2 3\n1 1 0\n1 2 5\n2 2 1\n");
  // a table states all of its zeros, so that they tell nothing
  static_cast<void>(converted("full.mtx", "full.csv"));
  EXPECT_EQ(converted("full.csv --header no", "y.mtx"), head + "2 2 2\n1 2 5\n2 2 1\n");
}

TEST_F(Reading, EveryFormatServesEveryCommandAndKeepsItsNames) {
  const std::string table = ",p,q,r,s\na,1,0,2,0\nb,0,1,0,0\nc,3,0,0,4\nd,0,0,5,0\n";
  runner.write("x.csv", table);
  for (const std::string file : {"x.mtx", "x.h5", "x.hdf5", "x.h5ad", "x.tsv"}) {
    EXPECT_EQ(run("convert x.csv --quiet --output " + file).code, 0) << file;
    EXPECT_EQ(run("convert " + file + " --quiet --overwrite --output back.csv").code, 0) << file;
    EXPECT_EQ(contents(runner.path("back.csv")), table) << file;
    for (const std::string& command : commands(file)) {
      const Outcome outcome = run(command);
      EXPECT_EQ(outcome.code, 0) << command << outcome.err;
    }
    EXPECT_EQ(run("fit -k 1 " + file + " --overwrite --quiet --output-format hdf5").code, 0);
    EXPECT_EQ(run("evaluate " + file + " --quiet --model partita-run").code, 0) << file;
    EXPECT_TRUE(runner.has("partita-run/A.h5")) << file;
  }
  EXPECT_EQ(run("convert x.csv --quiet --output x.npz").code, 0);
  for (const std::string& command : commands("x.npz")) EXPECT_EQ(run(command).code, 0) << command;
  const Outcome chosen = run("info x.h5ad --dataset layers/none");
  EXPECT_EQ(chosen.code, 66);
  EXPECT_NE(chosen.err.find("it has X"), std::string::npos) << chosen.err;
  // Names of another matrix are not left to name a new one.
  runner.write("y.rows.txt", "old\n");
  const Outcome named = run("convert x.csv --output y.mtx");
  EXPECT_EQ(named.code, 73);
  EXPECT_NE(named.err.find("y.rows.txt exists"), std::string::npos) << named.err;
  EXPECT_EQ(run("convert x.csv --quiet --overwrite --output y.mtx").code, 0);
  EXPECT_EQ(contents(runner.path("y.rows.txt")), "a\nb\nc\nd\n");
}

}  // namespace
}  // namespace partita::app
