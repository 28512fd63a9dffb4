// Runs the built program as a user would, on PARTITA_TEST_PROCESSES processes.

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "command_runner.hpp"

namespace partita::app {
namespace {

int processes() {
  const char* value = std::getenv("PARTITA_TEST_PROCESSES");
  return value == nullptr ? 1 : std::atoi(value);
}

class CommandLine : public testing::Test {
 protected:
  Outcome run(const std::string& arguments) { return runner.run(processes(), arguments); }
  Outcome succeed(const std::string& arguments) {
    Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.code, 0) << arguments << "\n" << outcome.err;
    return outcome;
  }
  /// Runs a command that must fail, with a message that holds `mention`.
  void fail(const std::string& arguments, int code, const std::string& mention,
            const std::string& before = "") {
    const Outcome outcome = runner.run(processes(), arguments, before);
    EXPECT_EQ(outcome.code, code) << arguments << "\n" << outcome.err;
    EXPECT_NE(outcome.err.find("partita: "), std::string::npos) << arguments << "\n" << outcome.err;
    EXPECT_NE(outcome.err.find(mention), std::string::npos)
        << arguments << " does not mention " << mention << "\n"
        << outcome.err;
    EXPECT_EQ(outcome.out, "") << arguments;
  }

  CommandRunner runner;
};

/// Of a file whose values begin at byte 128.
std::string npy_header(const std::string& type, const std::string& shape) {
  std::string text = "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }";
  text.resize(128 - 10 - 1, ' ');
  return std::string("\x93NUMPY\x01\x00\x76\x00", 10) + text + "\n";
}

class Run : public CommandLine {};
class Files : public CommandLine {};
class BadInput : public CommandLine {};

TEST_F(Run, FactoryToTheFullPrecision) {
  succeed("generate factory --output f.npy");
  const Outcome fit = succeed("fit -k 3 f.npy");
  const std::regex summary(
      R"(status=(converged|max_iterations) best_restart=\d+ relative_error=[-+.e\d]+ )"
      R"(iterations=\d+ seconds=\d+\.\d\d output=partita-run)");
  EXPECT_TRUE(std::regex_match(fit.last_line(), summary)) << fit.out;
  EXPECT_LT(fit.number("relative_error"), 1e-8);
  for (const std::string name : {"A.npy", "S.npy", "traces.csv", "restarts.csv", "run.json"}) {
    EXPECT_TRUE(runner.has("partita-run/" + name)) << name;
  }
  for (const std::string name : {"A", "S"}) {
    const Outcome info = succeed("info partita-run/" + name + ".npy");
    EXPECT_NE(info.out.find("problems: none"), std::string::npos) << info.out;
  }
}

TEST_F(Run, ReportedErrorIsThatOfTheWrittenFactors) {
  succeed("generate lowrank --rows 60 --columns 45 -k 4 --output x.npy --seed 5");
  const Outcome fit = succeed("fit -k 4 x.npy --restarts 3 --max-iterations 40");
  const Outcome evaluated = succeed("evaluate x.npy --A partita-run/A.npy --S partita-run/S.npy");
  EXPECT_NEAR(fit.number("relative_error"), evaluated.number("relative_error"), 1e-12);
  EXPECT_EQ(evaluated.number("entries"), 60 * 45);
  EXPECT_GT(evaluated.number("rmse"), 0);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST_F(Files, ReportFiles) {
  succeed("generate lowrank --rows 30 --columns 20 -k 2 --output x.npy");
  const Outcome fit = succeed("fit -k 2 x.npy --restarts 4 --max-iterations 30 --output deep/er");
  const auto report = nlohmann::json::parse(contents(runner.path("deep/er/run.json")));
  EXPECT_EQ(report["status"], fit.fields()["status"]);
  EXPECT_EQ(report["relative_error"].get<double>(), fit.number("relative_error"));
  EXPECT_EQ(report["matrix"]["rows"], 30);
  EXPECT_EQ(report["layout"]["processes"], processes());
  EXPECT_TRUE(report["phases"].contains("factorize"));
  EXPECT_TRUE(report["versions"].contains("partita"));
  const auto& work = report["work"];
  EXPECT_GT(work["peak_flops_per_second"]["mean"].get<double>(), 0);
  for (const std::string kind : {"products", "gram", "update", "error"}) {
    EXPECT_GT(work[kind]["seconds"]["max"].get<double>(), 0) << kind;
    EXPECT_GE(work[kind]["seconds"]["max"], work[kind]["seconds"]["mean"]) << kind;
  }
  // Two products a pass, each of 2 n m k flops over all processes.
  EXPECT_GE(work["products"]["flops"]["mean"].get<double>() * processes(),
            4.0 * 30 * 20 * 2 * fit.number("iterations"));

  const auto lines = lines_of(contents(runner.path("deep/er/restarts.csv")));
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_EQ(lines[0], "restart,status,iterations,relative_error,seconds");
  for (std::size_t r = 0; r < 4; ++r) EXPECT_EQ(lines[r + 1].substr(0, 2), std::to_string(r) + ",");

  const std::string traces = contents(runner.path("deep/er/traces.csv"));
  EXPECT_TRUE(traces.starts_with("restart,iteration,seconds,relative_error\n0,0,")) << traces;
  EXPECT_NE(traces.find("\n3,0,"), std::string::npos) << "the start is iteration 0";
}

TEST_F(Run, LayoutsGiveTheSameErrors) {
  succeed("generate lowrank --rows 40 --columns 30 -k 3 --output x.npy");
  const std::string fit = "fit -k 3 x.npy --restarts 2 --max-iterations 20 --overwrite ";
  const double expected = runner.run(1, fit).number("relative_error");
  ASSERT_GT(expected, 0);
  const std::string p = std::to_string(processes());
  const std::vector<std::string> layouts = {"--grid " + p + "x1", "--grid 1x" + p, "--groups " + p,
                                            "--groups 1 --batch 1"};
  for (const std::string& layout : layouts) {
    const double error = succeed(fit + layout).number("relative_error");
    EXPECT_NEAR(error, expected, 1e-8 * expected) << layout;
  }
}

TEST_F(Run, GeneratedFilesDoNotDependOnProcesses) {
  const std::vector<std::pair<std::string, std::string>> matrices = {
      {"factory --seed 3", ".npy"},
      {"factory --seed 3", ".csv"},
      {"lowrank --rows 37 --columns 21 -k 3", ".npy"},
      {"lowrank --rows 37 --columns 21 -k 3 --density 0.2", ".mtx"},
      {"sparse --rows 83 --columns 61 --density 0.1", ".mtx"},
  };
  for (const auto& [arguments, extension] : matrices) {
    const std::string mine = "mine" + extension;
    const std::string alone = "alone" + extension;
    succeed("generate " + arguments + " --overwrite --output " + mine);
    ASSERT_EQ(runner.run(1, "generate " + arguments + " --overwrite --output " + alone).code, 0);
    EXPECT_EQ(contents(runner.path(mine)), contents(runner.path(alone))) << arguments;
  }
}

TEST_F(Run, ConvertedFilesComeBackAsTheyWere) {
  const std::vector<std::pair<std::string, std::string>> matrices = {
      {"lowrank --rows 37 --columns 21 -k 3 --density 0.2", ".mtx"},
      {"lowrank --rows 5 --columns 44 -k 3", ".npy"},
  };
  for (const auto& [arguments, extension] : matrices) {
    const std::string first = "first" + extension;
    const std::string last = "last" + extension;
    succeed("generate " + arguments + " --overwrite --output " + first);
    succeed("convert " + first + " --overwrite --output x.csv");
    succeed("convert x.csv --overwrite --transpose --output x.mtx");
    succeed("convert x.mtx --overwrite --transpose --output y.npy");
    succeed("convert y.npy --overwrite --output z.txt --output-format tsv");
    succeed("convert z.txt --format tsv --overwrite --output " + last);
    EXPECT_EQ(contents(runner.path(last)), contents(runner.path(first))) << arguments;
  }
}

TEST_F(Run, ConvertKeepsNamesAndOddValues) {
  runner.write("x.csv", ",one,two\na,-1.5,nan\nb,0,2\nc,3,1e300\n");
  succeed("convert x.csv --output x.tsv");
  EXPECT_EQ(contents(runner.path("x.tsv")), "\tone\ttwo\na\t-1.5\tnan\nb\t0\t2\nc\t3\t1e+300\n");
  succeed("convert x.csv --output t.csv --transpose");
  EXPECT_EQ(contents(runner.path("t.csv")), ",a,b,c\none,-1.5,0,3\ntwo,nan,2,1e+300\n");
  runner.write(
      "twice.mtx",
      "%%MatrixMarket matrix coordinate real general\n2 3 4\n1 2 5\n2 3 1\n1 2 -2\n2 1 0\n");
  succeed("convert twice.mtx --output once.mtx");
  EXPECT_EQ(contents(runner.path("once.mtx")),
            "%%MatrixMarket matrix coordinate real general\n2 3 3\n1 2 3\n2 1 0\n2 3 1\n");
}

TEST_F(Run, SparseAndSingle) {
  succeed("generate sparse --rows 90 --columns 50 --density 0.1 -k 4 --output x.mtx");
  const Outcome info = succeed("info x.mtx");
  EXPECT_NE(info.out.find("storage: sparse"), std::string::npos) << info.out;
  const double exact = succeed("fit -k 4 x.mtx --output d").number("relative_error");
  const double single =
      succeed("fit -k 4 x.mtx --output s --precision single").number("relative_error");
  EXPECT_GT(exact, 0);
  EXPECT_NEAR(single, exact, 0.05);
}

TEST_F(Files, TransposedMatrix) {
  succeed("generate lowrank --rows 30 --columns 20 -k 2 --output x.npy");
  succeed("fit -k 2 x.npy --transpose --max-iterations 20");
  const std::string factors = " --A partita-run/A.npy --S partita-run/S.npy";
  EXPECT_LT(succeed("evaluate x.npy --transpose" + factors).number("relative_error"), 0.3);
  fail("evaluate x.npy" + factors, 65, "30 x 20");
}

TEST_F(Files, LabelledInputGivesLabelledFactors) {
  runner.write("x.csv", "name,a,b,c\nr1,1,2,3\nr2,2,4,6.5\nr3,3,6,9\n");
  succeed("fit -k 1 x.csv");
  EXPECT_NE(contents(runner.path("partita-run/A.csv")).find("r2"), std::string::npos);
  EXPECT_NE(contents(runner.path("partita-run/S.csv")).find("b"), std::string::npos);
  succeed("fit -k 1 x.csv --output-format npy --overwrite");
  EXPECT_TRUE(runner.has("partita-run/A.npy"));
  EXPECT_FALSE(runner.has("partita-run/A.csv")) << "results of the earlier run are gone";
}

TEST_F(Run, GivenStart) {
  succeed("generate lowrank --rows 30 --columns 20 -k 2 --output x.npy");
  const double before =
      succeed("fit -k 2 x.npy --max-iterations 5 --output a --restarts 1").number("relative_error");
  const std::string start = " --init given --init-A a/A.npy --init-S a/S.npy";
  const double after =
      succeed("fit -k 2 x.npy --max-iterations 5 --output b" + start).number("relative_error");
  EXPECT_LE(after, before * (1 + 1e-9));
  fail("fit -k 3 x.npy --output c" + start, 65, "30 x 2");
  EXPECT_FALSE(runner.has("c"));
}

TEST_F(Files, DryRunTouchesNothing) {
  succeed("generate factory --output f.npy");
  const Outcome plan = succeed("fit -k 3 f.npy --dry-run");
  for (const std::string key : {"groups: ", "grid: ", "batch: ", "memory_per_process: ",
                                "words_per_pass: ", "largest_block: "}) {
    EXPECT_NE(plan.out.find(key), std::string::npos) << key << "\n" << plan.out;
  }
  EXPECT_FALSE(runner.has("partita-run"));
}

/// Of large dense data `auto` takes less first: lines for the starts, a projection for a race.
TEST_F(Files, DryRunSaysWhatIsSketched) {
  // bytes that nobody reads: only the header counts
  runner.write("x.npy", npy_header("|u1", "(20000, 600)"));
  std::filesystem::resize_file(runner.path("x.npy"), 128 + 20'000 * 600);
  const auto expect = [&](const std::string& options, const std::string& sketch) {
    const Outcome plan = succeed("fit x.npy --dry-run " + options);
    EXPECT_NE(plan.out.find("\nsketch: " + sketch + "\n"), std::string::npos) << plan.out;
  };
  expect("-k 4", "starts on 400 rows");
  expect("-k 4 --restarts 1 --transpose", "starts on 400 columns");
  expect("-k 4 --restarts 32 --race", "rank 18");
  expect("-k 4 --sketch on", "rank 18");
  expect("-k 4 --sketch off", "none");
  expect("-k 100", "none");  // too little would be left out
  expect("-k 4 --solver mu", "none");
  expect("-k 4 --init columns --restarts 1", "none");
}

TEST_F(Files, DryRunSaysWhatStartsOfSparseMatricesSee) {
  // nothing but the header counts, and that the file may hold what it promises
  runner.write("x.mtx", "%%MatrixMarket matrix coordinate real general\n60000 20000 2000000\n");
  std::filesystem::resize_file(runner.path("x.mtx"), 20'000'000);
  const auto expect = [&](const std::string& options, const std::string& sketch) {
    const Outcome plan = succeed("fit x.mtx --dry-run " + options);
    EXPECT_NE(plan.out.find("\nsketch: " + sketch + "\n"), std::string::npos) << plan.out;
  };
  expect("-k 4", "starts on about 10000 rows and 3333 columns");
  expect("-k 4 --transpose", "starts on about 10000 columns and 3333 rows");
  expect("-k 40", "none");  // too little would be left out
  expect("-k 4 --sketch off", "none");
}

TEST_F(Files, ThreadsAreToldWhenTheyShareACore) {
  succeed("generate lowrank --rows 200 --columns 30 -k 3 --output x.npy");
  const std::string fit = "fit -k 3 x.npy --threads 2 --overwrite";
  const Outcome bound = runner.run(processes(), fit, "taskset -c 0");
  EXPECT_EQ(bound.code, 0) << bound.err;
  EXPECT_NE(bound.err.find("2 threads is bound to 1 core"), std::string::npos) << bound.err;
  EXPECT_EQ(runner.run(processes(), fit + " --quiet", "taskset -c 0").err, "");
  const auto report = nlohmann::json::parse(contents(runner.path("partita-run/run.json")));
  EXPECT_EQ(report["layout"]["threads"], 2);
}

TEST_F(Files, FinishedRunIsNotOverwrittenUnasked) {
  succeed("generate factory --output f.npy");
  succeed("fit -k 3 f.npy --restarts 1");
  const std::string report = contents(runner.path("partita-run/run.json"));
  fail("fit -k 3 f.npy --restarts 1", 73, "--overwrite");
  EXPECT_EQ(contents(runner.path("partita-run/run.json")), report);
  succeed("fit -k 3 f.npy --restarts 1 --overwrite");
  fail("generate factory --output f.npy", 73, "f.npy exists");
}

TEST_F(Run, ShareOfTheRestartsEndsAsInTheWhole) {
  succeed("generate lowrank --rows 40 --columns 30 -k 4 --output x.npy");
  const std::string fit = "fit -k 4 x.npy --restarts 4 --groups 1 --batch 1 ";
  succeed(fit + "--output whole");
  succeed(fit + "--restart-range 2:4 --output share");
  const auto errors = [&](const std::string& folder) {
    std::istringstream lines(contents(runner.path(folder + "/restarts.csv")));
    std::vector<std::string> found;
    for (std::string line; std::getline(lines, line);) {
      found.push_back(line.substr(0, line.rfind(',')));  // all but the seconds
    }
    return found;
  };
  const auto whole = errors("whole");
  const auto share = errors("share");
  ASSERT_EQ(whole.size(), 5U);
  ASSERT_EQ(share.size(), 3U);
  EXPECT_EQ(share[1], whole[3]);
  EXPECT_EQ(share[2], whole[4]);
}

TEST_F(Run, TimeLimitAndSignalStopEarly) {
  succeed("generate lowrank --rows 200 --columns 150 -k 8 --output x.npy");
  const std::string fit =
      "fit -k 8 x.npy --solver mu --max-iterations 1000000000 --tolerance 0 --restarts 1 ";
  const Outcome limited = run(fit + "--max-time 0:02 --output limited");
  EXPECT_EQ(limited.code, 75) << limited.err;
  EXPECT_EQ(limited.fields()["status"], "time_limit");
  EXPECT_FALSE(runner.has("limited/A.npy")) << "only with --keep-partial";
  EXPECT_TRUE(runner.has("limited/checkpoint/group-0.checkpoint"));
  EXPECT_NE(limited.err.find("the same command continues"), std::string::npos) << limited.err;

  const std::string command =
      CommandRunner::launch(processes()) + fit + "--output signalled --keep-partial";
  const Outcome signalled =
      runner.shell(command + " & launcher=$!; sleep 3; kill -USR1 $launcher; wait $launcher");
  EXPECT_EQ(signalled.code, 75) << signalled.err;
  EXPECT_EQ(signalled.fields()["status"], "interrupted");
  EXPECT_TRUE(runner.has("signalled/A.npy"));
  const auto report = nlohmann::json::parse(contents(runner.path("signalled/run.json")));
  EXPECT_EQ(report["status"], "interrupted");
}

TEST_F(Run, TheSameCommandContinues) {
  succeed("generate lowrank --rows 200 --columns 150 -k 8 --output x.npy");
  const std::string fit =
      "fit -k 8 x.npy --solver mu --max-iterations 400 --tolerance 0 --restarts 3 --seed 1 ";
  succeed(fit + "--output whole");
  Outcome piece;
  for (int tries = 0; tries < 100 && piece.code != 0; ++tries) {
    // Longer and longer: where others want the processors too, it comes to an end as well.
    piece = run(fit + "--output pieces --max-time " + std::to_string(0.5 + 0.1 * tries));
    ASSERT_TRUE(piece.code == 0 || piece.code == 75) << piece.err;
  }
  EXPECT_EQ(piece.code, 0) << piece.err;
  for (const std::string name : {"A.npy", "S.npy"}) {
    EXPECT_TRUE(contents(runner.path("pieces/" + name)) == contents(runner.path("whole/" + name)))
        << name;
  }
  EXPECT_FALSE(runner.has("pieces/checkpoint")) << "a finished run needs none";

  const std::string endless =
      "fit -k 8 x.npy --max-iterations 1000000000 --tolerance 0 --output other ";
  EXPECT_EQ(run(endless + "--max-time 0.1").code, 75);
  fail(endless + "--l1-A 1", 64, "l1-A is 0 there and 1 here");
  fail(fit + "--output nothing --resume require", 66, "nothing/checkpoint");
}

TEST_F(Files, NoCommand) {
  const Outcome help = run("");
  EXPECT_EQ(help.code, 64);
  EXPECT_NE(help.err.find("usage: partita"), std::string::npos);
  EXPECT_EQ(succeed("--version").out.substr(0, 8), "partita ");
}

TEST_F(Files, LauncherOfOneProcess) {
  const std::string launcher = PARTITA_MPIEXEC " -n 1 " PARTITA_PROGRAM " ";
  EXPECT_EQ(runner.shell(launcher + "generate factory --output f.npy").code, 0);
  EXPECT_EQ(runner.shell(launcher + "fit -k 3 f.npy --restarts 2 --quiet").code, 0);
  EXPECT_EQ(runner.shell(launcher + "fit -k 99 f.npy --output other").code, 64);
}

TEST_F(Files, HelpComesOnceAndBeforeEverything) {
  for (const std::string command : {"fit", "merge", "evaluate", "generate", "info"}) {
    const Outcome help = succeed(command + " --help");
    const std::size_t first = help.out.find("usage: partita " + command);
    EXPECT_NE(first, std::string::npos) << help.out;
    EXPECT_EQ(help.out.find("usage: ", first + 1), std::string::npos) << "printed more than once";
  }
}

TEST_F(BadInput, Usage) {
  runner.write("x.csv", "1,2,3\n4,5,6\n7,8,10\n");
  fail("fitt x.csv", 64, "did you mean 'fit'");
  fail("fit -k 2 x.csv --restart 3", 64, "'--restarts'");
  fail("fit -k 0 x.csv", 64, "--components");
  fail("fit -k 4 x.csv", 64, "4");
  fail("fit -k 2 x.csv --grid 5x7", 64, "5x7");
  fail("fit -k 2 x.csv --l1-A -1", 64, "--l1-A");
  fail("fit -k 2 x.unknown", 64, "x.unknown");
  fail("fit -k 2 x.csv --config none.conf", 66, "none.conf");
  fail("generate factory --rows 3 --output f.npy", 64, "--rows");
  fail("generate pyramid --output f.npy", 64, "pyramid");
  fail("generate factory", 64, "--output");
  fail("convert x.csv", 64, "--output");
  fail("convert x.csv --output x.unknown", 64, "x.unknown");
  fail("convert none.csv --output x.gz --output-format npy", 64, "not written");
  fail("convert none.csv --output x.npy", 66, "none.csv");
  fail("evaluate x.csv --A x.csv", 64, "--S");
  fail("fit -k 2 x.csv --resume require", 66, "checkpoint");
  EXPECT_FALSE(runner.has("partita-run"));
}

TEST_F(BadInput, MemoryThatWillNotFit) {
  runner.write("x.csv", "1,2,3\n4,5,6\n7,8,10\n");
  fail("fit -k 2 x.csv", 64, "does not fit into memory", "PARTITA_MEMORY_LIMIT=1M");
  fail("fit -k 2 x.csv", 64, "PARTITA_MEMORY_LIMIT", "PARTITA_MEMORY_LIMIT=much");
  EXPECT_FALSE(runner.has("partita-run"));
}

TEST_F(BadInput, Data) {
  const std::string mtx = "%%MatrixMarket matrix coordinate real general\n";
  const std::string npy = std::string("\x93NUMPY\x01\x00", 8) + std::string("\x76\x00", 2);
  const auto header = [&](const std::string& text) {
    return npy + text + std::string(117 - text.size(), ' ') + "\n";
  };
  struct Case {
    std::string file;
    std::string text;
    std::string mention;
  };
  const std::vector<Case> cases = {
      {"empty.mtx", "", "empty.mtx"},
      {"magic.mtx", "%%MatrixMarkt matrix coordinate real general\n1 1 1\n1 1 1\n", "magic.mtx"},
      {"complex.mtx", "%%MatrixMarket matrix coordinate complex general\n1 1 1\n1 1 1 0\n",
       "complex"},
      {"few.mtx", mtx + "3 3 3\n1 1 1\n2 2 1\n", "few.mtx"},
      {"many.mtx", mtx + "3 3 1\n1 1 1\n2 2 1\n", "many.mtx"},
      {"range.mtx", mtx + "3 3 2\n1 1 1\n4 2 1\n", "4"},
      {"word.mtx", mtx + "3 3 2\n1 1 1\n2 2 x7\n", "x7"},
      {"negative.mtx", mtx + "3 3 2\n1 1 1\n2 2 -5\n", "-5"},
      {"zero.mtx", mtx + "3 3 2\n1 1 0\n2 2 0\n", "zero"},
      {"ragged.csv", "1,2,3\n4,5\n7,8,9\n", "ragged.csv"},
      {"word.csv", "1,2,3\n4,five,6\n7,8,9\n", "five"},
      {"nan.csv", "1,2,3\n4,nan,6\n7,8,9\n", "nan"},
      {"inf.csv", "1,2,3\n4,inf,6\n7,8,9\n", "inf"},
      {"negative.csv", "1,2,3\n4,-5,6\n7,8,9\n", "-5"},
      {"zero.csv", "0,0\n0,0\n", "zero"},
      {"magic.npy", "not numpy at all", "magic.npy"},
      {"short.npy",
       header("{'descr': '<f8', 'fortran_order': False, 'shape': (3, 3), }") + "12345678",
       "short.npy"},
      {"cube.npy",
       header("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1, 1), }") + "12345678",
       "cube.npy"},
      {"complex.npy",
       header("{'descr': '<c16', 'fortran_order': False, 'shape': (1, 1), }") +
           std::string(16, 'x'),
       "complex.npy"},
      {"cut.csv.gz", std::string("\x1f\x8b\x08\x00\x00\x00", 6), "cut.csv.gz"},
  };
  for (const Case& bad : cases) {
    runner.write(bad.file, bad.text);
    fail("fit -k 1 " + bad.file, 65, bad.mention);
    EXPECT_FALSE(runner.has("partita-run")) << bad.file << " left partial output";
  }
  fail("fit -k 1 gone.npy", 66, "gone.npy");
  fail("info gone.npy", 66, "gone.npy");
  fail("evaluate gone.npy --A a.npy --S s.npy", 66, "gone.npy");
}

TEST_F(BadInput, InfoTellsProblemsInsteadOfFailing) {
  runner.write("x.csv", "1,nan,3\n-4,inf,6\n");
  const Outcome info = succeed("info x.csv");
  EXPECT_NE(info.out.find("problems: 1 negative, 1 NaN, 1 infinite"), std::string::npos)
      << info.out;
}

TEST_F(BadInput, OutputThatCannotBe) {
  runner.write("x.csv", "1,2,3\n4,5,6\n7,8,10\n");
  runner.write("file", "");
  fail("fit -k 2 x.csv --output file", 73, "file");
  fail("fit -k 2 x.csv --output file/below", 73, "file/below");
  fail("fit -k 2 x.csv --output /proc/none", 73, "/proc/none");
  fail("generate factory --output file/f.npy", 73, "file/f.npy");
  fail("generate factory --output none/f.npy", 73, "none/f.npy");
  fail("convert x.csv --output none/x.npy", 73, "none/x.npy");
  fail("convert x.csv --output file --output-format npy", 73, "file exists");
}

TEST_F(BadInput, FullDisk) {
  const SmallDisk disk(runner, "small", "size=32k");
  if (!disk.mounted()) GTEST_SKIP() << "cannot mount a small file system here";
  ASSERT_EQ(run("generate lowrank --rows 400 --columns 30 -k 3 --output x.npy").code, 0);
  fail("fit -k 20 x.npy --restarts 1 --max-iterations 2 --output small/run", 74, "small/run");
  EXPECT_FALSE(runner.has("small/run")) << "partial output was left";
  fail("generate lowrank --rows 400 --columns 30 --output small/x.npy", 74, "small/x.npy");
  EXPECT_FALSE(runner.has("small/x.npy"));
}

}  // namespace
}  // namespace partita::app
