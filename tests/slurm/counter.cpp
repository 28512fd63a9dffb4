// Stands in for partita in the tests of the batch scripts: an MPI program with partita's signals
// and exit codes that only counts.
//
//   counter fit [--steps N] [--exit CODE] [--output DIR] [other arguments, ignored]
//
// Counts to N, 20 steps a second. On SIGUSR1 or SIGTERM all processes leave the count together,
// process 0 writes it to DIR/checkpoint/count, and all exit with 75; the next run starts from
// there. Otherwise all exit with CODE.
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include <mpi.h>

namespace {

constexpr int kStoppedEarly = 75;

volatile std::sig_atomic_t stop_asked = 0;

extern "C" void ask_to_stop(int) {
  stop_asked = 1;
}

struct Options {
  int steps = 1;
  int exit_code = 0;
  std::filesystem::path output = "partita-run";
};

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--steps") options.steps = std::atoi(argv[i + 1]);
    if (name == "--exit") options.exit_code = std::atoi(argv[i + 1]);
    if (name == "--output") options.output = argv[i + 1];
  }
  return options;
}

int read_count(const std::filesystem::path& path) {
  int count = 0;
  std::ifstream(path) >> count;
  return count;
}

bool any_process_asked() {
  const int mine = stop_asked;
  int any = 0;
  MPI_Allreduce(&mine, &any, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
  return any != 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGUSR1, ask_to_stop);
  std::signal(SIGTERM, ask_to_stop);
  MPI_Init(&argc, &argv);
  int rank = 0;
  int size = 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);

  const Options options = parse(argc, argv);
  const auto count_file = options.output / "checkpoint" / "count";
  const char* node = std::getenv("SLURMD_NODENAME");
  int count = read_count(count_file);
  MPI_Bcast(&count, 1, MPI_INT, 0, MPI_COMM_WORLD);
  const std::string line = "process " + std::to_string(rank) + " of " + std::to_string(size) +
                           " on " + (node != nullptr ? node : "-") + " from " +
                           std::to_string(count) + "\n";
  std::cout << line << std::flush;

  bool stopped = false;
  while (count < options.steps && !(stopped = any_process_asked())) {
    const timespec pause{0, 50'000'000};
    nanosleep(&pause, nullptr);
    ++count;
  }
  if (rank == 0) {
    std::filesystem::create_directories(options.output / "checkpoint");
    std::ofstream(count_file) << count << "\n";
    std::cout << "status=" << (stopped ? "interrupted" : "converged") << " count=" << count << "\n"
              << std::flush;
  }
  MPI_Finalize();
  return stopped ? kStoppedEarly : options.exit_code;
}
