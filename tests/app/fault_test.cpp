// Runs that are killed, on disks that are full or damaged: what was saved continues bit for bit.
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "app/command_runner.hpp"

namespace partita::app {
namespace {

constexpr int kKills = 30;

class Fault : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(runner
                  .run(1,
                       "generate lowrank --rows 150 --columns 120 -k 5 --noise 0.2 "
                       "--output x.npy")
                  .code,
              0);
  }

  /// The same run in whatever folder, on two processes in the layout given.
  [[nodiscard]] static std::string fit(const std::string& output, const std::string& layout,
                                       int iterations = 600) {
    return "fit -k 5 x.npy --restarts 4 --batch 2 --seed 3 --tolerance 0 --checkpoint-every 0 "
           "--quiet --max-iterations " +
           std::to_string(iterations) + " " + layout + " --output " + output;
  }
  void expect_same(const std::string& found, const std::string& expected) const {
    for (const std::string name : {"/A.npy", "/S.npy"}) {
      EXPECT_TRUE(contents(runner.path(found + name)) == contents(runner.path(expected + name)))
          << found + name;
    }
  }

  CommandRunner runner;
};

/// All processes of a session die at once.
std::string killed_after(const std::string& command, double seconds) {
  return "setsid " + command + " & session=$!; sleep " + std::to_string(seconds) +
         "; pkill -KILL -s $session; wait $session";
}

TEST_F(Fault, KilledAtAnyMomentItContinuesBitForBit) {
  std::mt19937 random(20240229);  // the moments differ all the same: start-up takes its time
  for (const std::string layout : {"--groups 1", "--groups 2"}) {
    const std::string whole = "whole" + layout.substr(layout.size() - 1);
    ASSERT_EQ(runner.run(2, fit(whole, layout)).code, 0);
    int finished = 0;
    int killed_running = 0;
    std::string output;
    for (int kill = 0; kill < kKills / 2; ++kill) {
      output = "pieces" + layout.substr(layout.size() - 1) + "-" + std::to_string(finished);
      const double moment = std::uniform_real_distribution(0.1, 1.6)(random);
      const Outcome piece =
          runner.shell(killed_after(CommandRunner::launch(2) + fit(output, layout), moment));
      ASSERT_TRUE(piece.code == 0 || piece.code == 128 + 9) << piece.code << "\n" << piece.err;
      // A run may also be killed after its last act, which is to write run.json.
      if (runner.has(output + "/run.json")) {
        expect_same(output, whole);
        ++finished;
      } else {
        killed_running += runner.has(output + "/checkpoint") ? 1 : 0;
      }
    }
    EXPECT_GT(killed_running, 0) << "no run was killed between its first checkpoint and its end";
    output = "pieces" + layout.substr(layout.size() - 1) + "-" + std::to_string(finished);
    const Outcome last = runner.run(2, fit(output, layout));
    EXPECT_EQ(last.code, 0) << last.err;
    expect_same(output, whole);
    EXPECT_FALSE(runner.has(output + "/checkpoint")) << "nothing is left over";
  }
}

TEST_F(Fault, ADamagedCheckpointIsToldAndNotUsed) {
  ASSERT_EQ(runner.run(2, fit("whole", "--groups 1")).code, 0);
  const Outcome stopped = runner.run(2, fit("run", "--groups 1") + " --max-time 0.001");
  ASSERT_EQ(stopped.code, 75) << stopped.err;
  const std::string file = "run/checkpoint/group-0.checkpoint";
  std::string bytes = contents(runner.path(file));
  bytes[bytes.size() - 5] = static_cast<char>(bytes[bytes.size() - 5] ^ 1);
  runner.write(file, bytes);
  const Outcome piece = runner.run(2, fit("run", "--groups 1"));
  EXPECT_EQ(piece.code, 0) << piece.err;
  EXPECT_NE(piece.err.find("damaged checkpoint"), std::string::npos) << piece.err;
  expect_same("run", "whole");
}

TEST_F(Fault, AFullDiskDuringACheckpointIsTold) {
  const SmallDisk disk(runner, "small", "size=460k");
  if (!disk.mounted()) GTEST_SKIP() << "cannot mount a small file system here";
  // There is room for the results and one checkpoint of two restarts, but not for a second one.
  runner.shell("rm x.npy");
  ASSERT_EQ(runner.run(1, "generate lowrank --rows 2000 --columns 100 -k 5 --output x.npy").code,
            0);
  ASSERT_EQ(runner.run(2, fit("whole", "--groups 1", 20)).code, 0);
  const Outcome full = runner.run(2, fit("small/run", "--groups 1", 20));
  EXPECT_EQ(full.code, 0) << full.err;
  EXPECT_NE(full.err.find("no checkpoint was written, the earlier one is kept"), std::string::npos)
      << full.err;
  EXPECT_NE(full.err.find("the disk is full"), std::string::npos) << full.err;
  expect_same("small/run", "whole");
}

TEST_F(Fault, AReadOnlyOutputIsRefusedBeforeAnyWork) {
  const SmallDisk disk(runner, "fixed", "ro");
  if (!disk.mounted()) GTEST_SKIP() << "cannot mount a read-only file system here";
  const Outcome refused = runner.run(2, fit("fixed/run", "--groups 1"));
  EXPECT_EQ(refused.code, 73) << refused.err;
  EXPECT_NE(refused.err.find("fixed/run"), std::string::npos) << refused.err;
}

TEST_F(Fault, TheJobEndsWhenOneProcessDies) {
  const std::string command =
      CommandRunner::launch(3) + fit("run", "--groups 1 --grid 3x1", 100000);
  const Outcome died =
      runner.shell("setsid timeout 60 " + command +
                   " & session=$!; for try in $(seq 400); do "
                   "[ -e run/checkpoint/group-0.checkpoint ] && break; sleep 0.05; done; "
                   "pkill -KILL -n -s $session -f 'partita fit'; wait $session");
  EXPECT_NE(died.code, 0);
  EXPECT_NE(died.code, 124) << "it hangs: " << died.err;
  const Outcome goes_on =
      runner.run(3, fit("run", "--groups 1 --grid 3x1", 100000) + " --resume require --max-time 1");
  EXPECT_EQ(goes_on.code, 75) << goes_on.err;
}

}  // namespace
}  // namespace partita::app
