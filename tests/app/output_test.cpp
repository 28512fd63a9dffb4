// Output folders and files: whose they are, what is left when writing fails, and odd names.
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "app/command_runner.hpp"

namespace partita::app {
namespace {

class Output : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(runner.run(1, "generate lowrank --rows 60 --columns 40 -k 3 --output x.npy").code, 0);
  }

  static int processes() {
    const char* value = std::getenv("PARTITA_TEST_PROCESSES");
    return value == nullptr ? 1 : std::atoi(value);
  }
  Outcome run(const std::string& arguments, const std::string& before = "") const {
    return runner.run(processes(), arguments, before);
  }
  void succeed(const std::string& arguments) const {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.code, 0) << arguments << "\n" << outcome.err;
  }
  void fail(const std::string& arguments, int code, const std::vector<std::string>& mentions,
            const std::string& before = "") const {
    const Outcome outcome = run(arguments, before);
    EXPECT_EQ(outcome.code, code) << arguments << "\n" << outcome.err;
    for (const std::string& mention : mentions) {
      EXPECT_NE(outcome.err.find(mention), std::string::npos) << mention << "\n" << outcome.err;
    }
  }
  /// Everything in a folder, hidden or not, in order.
  [[nodiscard]] std::string names(const std::string& folder) const {
    return runner.shell("ls -A1 '" + folder + "' | tr '\\n' ' '").out;
  }
  [[nodiscard]] std::string text(const std::string& file) const {
    return contents(runner.path(file));
  }
  [[nodiscard]] nlohmann::json report(const std::string& folder) const {
    return nlohmann::json::parse(text(folder + "/run.json"));
  }
  /// Waits in a shell until a file is there.
  static std::string until(const std::string& file) {
    return "for try in $(seq 400); do [ -e " + file + " ] && break; sleep 0.05; done; ";
  }
  /// A fit that ends by a signal alone.
  static std::string endless(const std::string& output) {
    return CommandRunner::launch(processes()) +
           "fit -k 3 x.npy --restarts 2 --tolerance 0 --max-iterations 1000000000 "
           "--checkpoint-every 0.1 --quiet --output " +
           output;
  }

  CommandRunner runner;
  const std::string fit = "fit -k 3 x.npy --restarts 2 --quiet ";
  const std::string kAll = "A.npy S.npy restarts.csv run.json traces.csv ";
};

TEST_F(Output, NamesThatAreNotUtf8ComeBack) {
  const std::string name = "in\xe9.npy";
  runner.shell("cp x.npy '" + name + "' && cp x.npy '\\xe9.npy'");
  succeed("fit -k 3 '" + name + "' --restarts 2 --quiet --output '" + name + "-run'");
  EXPECT_EQ(report(name + "-run")["matrix"]["file"], "in\\xe9.npy");
  EXPECT_EQ(names(name + "-run"), kAll);
  succeed("fit -k 3 '\\xe9.npy' --restarts 2 --quiet --output other");
  EXPECT_EQ(report("other")["matrix"]["file"], "\\x5cxe9.npy") << "no name reads as another";
  succeed("merge '" + name + "-run' --output m");
  EXPECT_EQ(report("m")["merged_from"][0], "in\\xe9.npy-run");
  EXPECT_TRUE(text("m/A.npy") == text(name + "-run/A.npy"));
}

TEST_F(Output, LabelsThatAreNotUtf8StayAsTheyAre) {
  runner.write("x.csv", "row,caf\xe9,b,c\nr\xff,1,2,3\ns,4,5,7\nt,2,9,1\n");
  succeed("fit -k 2 x.csv --quiet --output run");
  EXPECT_NE(text("run/A.csv").find("\nr\xff,"), std::string::npos);
  EXPECT_NE(text("run/S.csv").find(",caf\xe9,"), std::string::npos);
}

TEST_F(Output, AnUnreadableReportIsOfAFinishedRun) {
  runner.shell(
      "mkdir a b c d e && echo '{\"sta' >a/run.json && mkdir b/run.json && "
      "mkfifo c/run.json && echo '{\"status\": 7}' >d/run.json && ln -s none e/run.json");
  for (const std::string folder : {"a", "b", "c", "d", "e"}) {
    fail(fit + "--output " + folder, 73, {"'" + folder + "' holds a finished run"});
    EXPECT_EQ(names(folder), "run.json ");
  }
  for (const std::string folder : {"b", "c"}) {
    fail(fit + "--overwrite --output " + folder, 73, {folder + "/run.json"});
    EXPECT_EQ(names(folder), "run.json ");
  }
  succeed(fit + "--overwrite --output a");
  EXPECT_EQ(names("a"), kAll);
}

TEST_F(Output, FilesOfOthersAreRefusedAndStay) {
  for (const std::string name : {"A.npy", "S.csv", "traces.csv", "checkpoint"}) {
    runner.shell("rm -rf own && mkdir own && echo mine >own/" + name);
    for (const std::string how : {"", "--overwrite "}) {
      fail(fit + how + "--output own", 73, {"own/" + name, "--output"});
    }
    EXPECT_EQ(text("own/" + name), "mine\n");
    EXPECT_EQ(names("own"), name + " ");
  }
  runner.shell("rm -rf own && mkdir -p own/A.npy && echo mine >own/notes");
  fail(fit + "--output own", 73, {"own/A.npy"});
  runner.shell("rmdir own/A.npy");
  succeed(fit + "--output own");
  succeed(fit + "--overwrite --output own");
  EXPECT_EQ(names("own"), "A.npy S.npy notes restarts.csv run.json traces.csv ");
}

TEST_F(Output, TwoRunsDoNotMeetInOneFolder) {
  const Outcome both = runner.shell(
      endless("run") + " & first=$!; " + until("run/checkpoint/group-0.checkpoint") +
      CommandRunner::launch(processes()) + fit + "--overwrite --output run; code=$?; " +
      "kill -USR1 $first; wait $first; [ $? = 75 ] || code=bad; exit $code");
  EXPECT_EQ(both.code, 73) << both.err;
  EXPECT_NE(both.err.find("'run' is in use by another run (process "), std::string::npos)
      << both.err;
  EXPECT_EQ(names("run"), "checkpoint ");
}

TEST_F(Output, TheNextRunCleansAfterAKilledOne) {
  runner.shell("setsid " + endless("run") + " & session=$!; " +
               until("run/checkpoint/group-0.checkpoint") +
               "pkill -KILL -s $session; wait $session; touch run/checkpoint/" +
               ".group-0.checkpoint.7-0.partial .y.npy.7-0.partial");
  EXPECT_EQ(names("run"), ".partita-lock .partita-unfinished checkpoint ");
  succeed(
      "fit -k 3 x.npy --restarts 2 --tolerance 0 --max-iterations 20 --resume never --quiet "
      "--output run");
  EXPECT_EQ(names("run"), kAll);
  succeed("convert x.npy --output y.npy");
  EXPECT_FALSE(runner.has(".y.npy.7-0.partial"));
}

TEST_F(Output, ARunThatWasKilledWhileItMovedIsMovedByTheNext) {
  succeed(fit + "--output whole");
  runner.shell(
      "cp -r whole a && mkdir a/.partita-complete && mv a/* a/.partita-complete && "
      "echo old >a/A.npy && echo old >a/S.csv");
  runner.shell("cp -r whole b && mkdir b/.partita-moving && mv b/[S-t]* b/.partita-moving");
  for (const std::string folder : {"a", "b"}) {
    fail(fit + "--output " + folder, 73, {"finished run"});
    EXPECT_EQ(names(folder), kAll);
    EXPECT_TRUE(text(folder + "/A.npy") == text("whole/A.npy"));
  }
}

TEST_F(Output, TheEarlierRunStaysUntilTheNewOneIsComplete) {
  const SmallDisk disk(runner, "small", "size=96k");
  if (!disk.mounted()) GTEST_SKIP() << "cannot mount a small file system here";
  succeed(fit + "--output small/run");
  const std::string before = text("small/run/run.json");
  succeed("generate lowrank --rows 6000 --columns 50 -k 3 --output big.npy");
  fail("fit -k 3 big.npy --restarts 1 --max-iterations 2 --quiet --overwrite --output small/run",
       74, {"small/run", "disk is full"});
  EXPECT_EQ(names("small/run"), kAll);
  EXPECT_TRUE(text("small/run/run.json") == before);
  fail("fit -k 3 none.npy --overwrite --output small/run", 66, {"none.npy"});
  EXPECT_TRUE(text("small/run/run.json") == before);
}

TEST_F(Output, FactorsOutliveAReportThatCannotBeWritten) {
  const SmallDisk disk(runner, "small", "size=24k,nr_inodes=1k");
  if (!disk.mounted()) GTEST_SKIP() << "cannot mount a small file system here";
  // A page each for A, S, traces, restarts, the lock and one more: none is left for the report.
  runner.shell("head -c 4096 /dev/zero >small/filling");
  fail("fit -k 2 x.npy --restarts 1 --max-iterations 2 --quiet --output small/run", 74,
       {"run.json", "disk is full", "are in 'small/run'"});
  EXPECT_EQ(names("small/run"), "A.npy S.npy restarts.csv traces.csv ");
}

TEST_F(Output, AStopThatCouldNotBeSavedIsAnError) {
  const SmallDisk disk(runner, "small", "size=30m");
  if (!disk.mounted()) GTEST_SKIP() << "cannot mount a small file system here";
  for (const std::string how : {"", "--keep-partial "}) {
    const Outcome stopped = runner.shell(
        endless("small/run") + " " + how + "& first=$!; " +
        until("small/run/checkpoint/group-0.checkpoint") +
        "head -c 40000000 /dev/zero >small/filling; sleep 1; kill -USR1 $first; wait $first");
    EXPECT_EQ(stopped.code, 74) << stopped.err;
    EXPECT_NE(stopped.err.find("no checkpoint was written, the earlier one is kept"),
              std::string::npos)
        << stopped.err;
    EXPECT_EQ(stopped.err.find("the same command continues"), std::string::npos) << stopped.err;
    runner.shell("rm -rf small/*");
  }
}

TEST_F(Output, ALimitOfFileSizesIsNoDeath) {
  succeed(fit + "--output whole");
  // Under a launcher, the limit would be that of the launcher too.
  const std::vector<std::string> commands = {
      fit + "--output new", "convert x.npy --output-format npy --output new",
      "generate lowrank --output new.npy", "merge whole --output new"};
  for (const std::string& command : commands) {
    const Outcome refused = runner.run(1, command, "ulimit -f 1;");
    EXPECT_EQ(refused.code, 74) << command << "\n" << refused.err;
    EXPECT_NE(refused.err.find("the largest size allowed"), std::string::npos) << refused.err;
    EXPECT_EQ(runner.shell("ls -A | grep new").out, "") << command;
  }
}

TEST_F(Output, FoldersWithoutAccess) {
  const std::string nobody = "setpriv --reuid=65534 --regid=65534 --clear-groups";
  if (runner.shell(nobody + " true").code != 0) GTEST_SKIP() << "only root can be somebody else";
  succeed(fit + "--output whole");
  runner.shell(
      "chmod 755 . && mkdir closed fixed && chmod 700 closed && cp -r whole locked && "
      "chmod 700 locked/run.json");
  if (runner.shell(nobody + " " PARTITA_PROGRAM " info x.npy").code != 0) {
    GTEST_SKIP() << "others cannot start the program here";
  }
  const auto refused = [&](const std::string& arguments, const std::string& mention) {
    const Outcome outcome = runner.run(1, arguments, nobody);
    EXPECT_EQ(outcome.code, 73) << arguments << "\n" << outcome.err;
    EXPECT_NE(outcome.err.find(mention), std::string::npos) << outcome.err;
  };
  for (const std::string folder : {"closed", "fixed"}) {
    refused("generate factory --output " + folder + "/y.npy", folder + "/y.npy");
    refused("convert x.npy --output " + folder + "/y.npy", folder + "/y.npy");
    refused("convert x.npy --overwrite --output " + folder + "/y.npy", folder + "/y.npy");
    refused("merge whole --output " + folder + "/m", folder + "/m");
    refused(fit + "--output " + folder + "/run", folder + "/run");
    refused(fit + "--output " + folder, folder);
  }
  refused(fit + "--output locked", "holds a finished run");
}

TEST_F(Output, NumbersThatOverflowAreTheUsers) {
  runner.write("A.csv", "1e300,1e300\n1e300,1e300\n1e300,1e300\n");
  runner.write("S.csv", "1e300,1e300,1e300\n1e300,1e300,1e300\n");
  runner.write("t.csv", "1,2,3\n4,5,6\n7,8,10\n");
  fail(
      "fit -k 2 t.csv --max-iterations 0 --init given --init-A A.csv --init-S S.csv --quiet "
      "--output run",
      1, {"no restart ended with a finite error", "scale"});
  EXPECT_FALSE(runner.has("run"));
}

}  // namespace
}  // namespace partita::app
