#include "partita/comm/communicator.hpp"

#include "partita/base/error.hpp"

#include <cstdio>
#include <exception>
#include <optional>
#include <utility>

#include "base/stop_exchange.hpp"
#include "comm/stop_notices.hpp"

namespace partita {

namespace {

/// Of the process, while there is an MpiEnvironment.
std::optional<StopNotices> stop_notices;

}  // namespace

void check_mpi(int code, const char* call) {
  if (code == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING] = "";
  int length = 0;
  MPI_Error_string(code, text, &length);
  throw Error(ErrorKind::internal, std::string(call) + " failed: " +
                                       std::string(text, static_cast<std::size_t>(length)));
}

MpiEnvironment::MpiEnvironment(int* argc, char*** argv) {
  int provided = 0;
  check_mpi(MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &provided), "MPI_Init_thread");
  check_mpi(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  stop_notices.emplace();
  install_stop_exchange([](int mine) { return stop_notices->exchange(mine); });
}

MpiEnvironment::~MpiEnvironment() {
  install_stop_exchange(nullptr);
  stop_notices.reset();
  if (std::uncaught_exceptions() > 0) {
    MPI_Abort(MPI_COMM_WORLD, static_cast<int>(ErrorKind::internal));
  } else {
    MPI_Finalize();
  }
}

void abort_all(const std::string& cause, int code) {
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  std::fprintf(stderr, "partita: process %d: %s\n", rank, cause.c_str());
  std::fflush(stderr);
  MPI_Abort(MPI_COMM_WORLD, code);
  std::terminate();
}

Communicator::Communicator(MPI_Comm handle, std::shared_ptr<TrafficLog> traffic)
    : handle_(handle), traffic_(std::move(traffic)) {
  check_mpi(MPI_Comm_set_errhandler(handle_, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  check_mpi(MPI_Comm_rank(handle_, &rank_), "MPI_Comm_rank");
  check_mpi(MPI_Comm_size(handle_, &size_), "MPI_Comm_size");
}

Communicator Communicator::world() {
  MPI_Comm handle = MPI_COMM_NULL;
  check_mpi(MPI_Comm_dup(MPI_COMM_WORLD, &handle), "MPI_Comm_dup");
  return {handle, std::make_shared<TrafficLog>()};
}

Communicator Communicator::split(int colour) const {
  MPI_Comm handle = MPI_COMM_NULL;
  check_mpi(MPI_Comm_split(handle_, colour, rank_, &handle), "MPI_Comm_split");
  return {handle, traffic_};
}

Communicator Communicator::split_by_node() const {
  MPI_Comm handle = MPI_COMM_NULL;
  check_mpi(MPI_Comm_split_type(handle_, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &handle),
            "MPI_Comm_split_type");
  return {handle, traffic_};
}

Communicator::Communicator(Communicator&& other) noexcept
    : handle_(std::exchange(other.handle_, MPI_COMM_NULL)),
      rank_(other.rank_),
      size_(other.size_),
      traffic_(std::move(other.traffic_)) {}

Communicator& Communicator::operator=(Communicator&& other) noexcept {
  if (this != &other) {
    release();
    handle_ = std::exchange(other.handle_, MPI_COMM_NULL);
    rank_ = other.rank_;
    size_ = other.size_;
    traffic_ = std::move(other.traffic_);
  }
  return *this;
}

Communicator::~Communicator() {
  release();
}

void Communicator::release() noexcept {
  // Freeing is collective: while an exception unwinds, the other processes may never come.
  if (handle_ != MPI_COMM_NULL && std::uncaught_exceptions() == 0) MPI_Comm_free(&handle_);
  handle_ = MPI_COMM_NULL;
}

}  // namespace partita
