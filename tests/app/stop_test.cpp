// Signals to commands that would take for ever: they end at once, in good order.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "app/command_runner.hpp"

namespace partita::app {
namespace {

int processes() {
  const char* const count = std::getenv("PARTITA_TEST_PROCESSES");
  return count == nullptr ? 1 : std::atoi(count);
}

/// Sends a signal to the youngest process of a command, once a file is there that matches.
std::string signalled(const std::string& arguments, const std::string& signal,
                      const std::string& file) {
  return "setsid timeout -k 5 120 " + CommandRunner::launch(processes()) + arguments +
         " & session=$!; for try in $(seq 600); do ls -d " + file +
         " >/dev/null 2>&1 && break; sleep 0.05; done; sleep 0.2; pkill -" + signal +
         " -n -s $session -x partita; wait $session";
}

TEST(Stop, AGeneratorThatWouldRunForDays) {
  const CommandRunner runner;
  for (const auto& [signal, number] :
       std::vector<std::pair<std::string, int>>{{"TERM", 15}, {"INT", 2}, {"USR1", 10}}) {
    SCOPED_TRACE(signal);
    const std::string name = "x.mtx";
    const Outcome stopped =
        runner.shell("mkdir -p here; cd here; " +
                     signalled("generate sparse --rows 4000000000 --columns 1000 --output " + name,
                               signal, ".x.mtx*"));
    EXPECT_EQ(stopped.code, 128 + number) << stopped.err;
    EXPECT_NE(stopped.err.find("stopped by SIG" + signal), std::string::npos) << stopped.err;
    EXPECT_EQ(runner.shell("ls -A here").out, "") << "nothing is left behind";
  }
}

TEST(Stop, AFitOnItsWayCanBeContinued) {
  const CommandRunner runner;
  ASSERT_EQ(
      runner.run(1, "generate lowrank --rows 60 --columns 50 -k 3 --noise 0.2 --output x.npy").code,
      0);
  const std::string fit =
      "fit -k 3 x.npy --solver mu --tolerance 0 --restarts 1 --checkpoint-every 0 "
      "--max-iterations 1000000000 --quiet --output run";
  const Outcome stopped = runner.shell(signalled(fit, "INT", "run/checkpoint/*.checkpoint"));
  EXPECT_EQ(stopped.code, 75) << stopped.err;
  EXPECT_EQ(stopped.fields()["status"], "interrupted") << stopped.out;
  EXPECT_EQ(runner.run(processes(), fit + " --resume require --max-time 0.2").code, 75);
}

}  // namespace
}  // namespace partita::app
