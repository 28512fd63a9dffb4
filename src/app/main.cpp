#include "partita/comm/communicator.hpp"

#include <string>
#include <vector>

#include "program.hpp"
#include "signals.hpp"

int main(int argc, char** argv) {
  partita::app::watch_stop_signals();
  const partita::MpiEnvironment environment(&argc, &argv);
  const partita::Communicator world = partita::Communicator::world();
  return partita::app::run_program(world, std::vector<std::string>(argv + 1, argv + argc));
}
