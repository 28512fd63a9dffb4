#include "program.hpp"

#include "partita/base/error.hpp"

#include <chrono>
#include <cstdio>
#include <exception>
#include <new>
#include <thread>

#include "base/interruption.hpp"
#include "base/stopwatch.hpp"
#include "comm/collectives.hpp"
#include "commands/command.hpp"
#include "commands/command_pages.hpp"
#include "exit_codes.hpp"
#include "shared_text.hpp"

namespace partita::app {

namespace {

/// How long the others may take to fail as well before a failure counts as this process's own.
constexpr double kSecondsToAgree = 60;

int dispatch(const Communicator& world, const std::vector<std::string>& arguments) {
  if (arguments.empty()) {
    if (world.is_root()) std::fputs(program_help(command_pages()).c_str(), stderr);
    return static_cast<int>(ErrorKind::usage);
  }
  const std::string& name = arguments.front();
  if (name == "--help" || name == "-h") {
    print_on_root(world, program_help(command_pages()));
    return kDone;
  }
  if (name == "--version") {
    print_on_root(world, "partita " PARTITA_VERSION "\n");
    return kDone;
  }
  return find_command(name).run(world, {arguments.begin() + 1, arguments.end()});
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

/// What the program ends with after an error that all processes have agreed on. Collective over
/// `world`.
int code_of(const Communicator& world, const Error& error) {
  if (error.kind() != ErrorKind::interrupted) return static_cast<int>(error.kind());
  // Nothing was saved, so that the code of a run that can be continued would promise too much.
  const int signal = max_over(world, stop_signal());
  return signal != 0 ? kSignalled + signal : static_cast<int>(ErrorKind::usage);
}

}  // namespace

int run_program(const Communicator& world, const std::vector<std::string>& arguments) {
  try {
    return dispatch(world, arguments);
  } catch (const Error& error) {
    if (world.is_root()) std::fprintf(stderr, "partita: %s\n", error.what());
    confirm_agreement(world, error);
    return code_of(world, error);
  } catch (const std::bad_alloc&) {
    abort_all("out of memory", static_cast<int>(ErrorKind::internal));
  } catch (const std::exception& error) {
    abort_all(error.what(), static_cast<int>(ErrorKind::internal));
  }
}

}  // namespace partita::app
