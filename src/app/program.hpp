/// app/: the command line: options, one file a command, progress, exit codes, signals and the run
/// folder. Nobody includes it from outside.
#pragma once

#include "partita/comm/communicator.hpp"

#include <string>
#include <vector>

namespace partita::app {

/// Runs the command that the arguments (without the program's name) ask for; returns the exit code.
/// An Error is printed by process 0 and becomes its code on every process; any other failure ends
/// all processes. Collective over `world`.
int run_program(const Communicator& world, const std::vector<std::string>& arguments);

}  // namespace partita::app
