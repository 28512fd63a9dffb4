#include "program.hpp"

#include "partita/base/error.hpp"
#include "partita/base/stopwatch.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <exception>
#include <new>
#include <sstream>
#include <thread>

#include "exit_codes.hpp"
#include "nearest_name.hpp"
#include "shared_text.hpp"

namespace partita::app {

namespace {

constexpr std::array kCommands = {
    Command{"fit", "factor a matrix", run_fit},
    Command{"merge", "combine the shares of a job array into one run", run_merge},
    Command{"evaluate", "relative error of given factors on a matrix", run_evaluate},
    Command{"generate", "write a matrix of known structure", run_generate},
    Command{"convert", "write a matrix in another format", run_convert},
    Command{"info", "shape, range and problems of a matrix", run_info},
};

/// How long the others may take to fail as well before a failure counts as this process's own.
constexpr double kSecondsToAgree = 60;

std::string program_help() {
  std::ostringstream text;
  text
      << "usage: partita COMMAND [options] [FILE]\n"
         "       mpirun -n P partita COMMAND [options] [FILE]\n\n"
         "Factors large non-negative matrices, X = A S, on any number of processes.\n\nCommands:\n";
  for (const Command& command : kCommands) {
    text << "  " << command.name << std::string(12 - std::string(command.name).size(), ' ')
         << command.summary << "\n";
  }
  text << "\nOptions:\n  -h [ --help ]  print this text; after a command, its options\n"
          "  --version      print the version\n";
  return text.str();
}

[[noreturn]] void unknown_command(const std::string& name) {
  std::vector<std::string> names = {"--help", "--version"};
  names.reserve(names.size() + kCommands.size());
  for (const Command& command : kCommands) names.emplace_back(command.name);
  const std::string kind = name.starts_with('-') ? "option" : "command";
  throw Error(ErrorKind::usage, "unknown " + kind + " '" + name + "'" + suggestion(name, names) +
                                    " (try 'partita --help')");
}

int dispatch(const Communicator& world, const std::vector<std::string>& arguments) {
  if (arguments.empty()) {
    if (world.is_root()) std::fputs(program_help().c_str(), stderr);
    return static_cast<int>(ErrorKind::usage);
  }
  const std::string& name = arguments.front();
  if (name == "--help" || name == "-h") {
    print_on_root(world, program_help());
    return kDone;
  }
  if (name == "--version") {
    print_on_root(world, "partita " PARTITA_VERSION "\n");
    return kDone;
  }
  const auto command =
      std::ranges::find_if(kCommands, [&](const Command& c) { return name == c.name; });
  if (command == kCommands.end()) unknown_command(name);
  return command->run(world, {arguments.begin() + 1, arguments.end()});
}

/// Waits until every process has come here. A process that fails alone would leave the others in a
/// collective for ever: after a while it ends them all instead.
void confirm_agreement(const Communicator& world, const Error& error) {
  MPI_Request request = MPI_REQUEST_NULL;
  check_mpi(MPI_Ibarrier(world.handle(), &request), "MPI_Ibarrier");
  const Stopwatch clock;
  for (int all_here = 0; all_here == 0;) {
    check_mpi(MPI_Test(&request, &all_here, MPI_STATUS_IGNORE), "MPI_Test");
    if (all_here == 0 && clock.seconds() > kSecondsToAgree) {
      abort_all(std::string("failed alone: ") + error.what(),
                static_cast<int>(ErrorKind::internal));
    }
    if (all_here == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace

int run_program(const Communicator& world, const std::vector<std::string>& arguments) {
  try {
    return dispatch(world, arguments);
  } catch (const Error& error) {
    if (world.is_root()) std::fprintf(stderr, "partita: %s\n", error.what());
    confirm_agreement(world, error);
    return static_cast<int>(error.kind());
  } catch (const std::bad_alloc&) {
    abort_all("out of memory", static_cast<int>(ErrorKind::internal));
  } catch (const std::exception& error) {
    abort_all(error.what(), static_cast<int>(ErrorKind::internal));
  }
}

}  // namespace partita::app
