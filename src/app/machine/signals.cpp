#include "signals.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <unistd.h>

#include "base/interruption.hpp"
#include "exit_codes.hpp"

namespace partita::app {

namespace {

constexpr long long kNever = -1;
constexpr long long kNanoseconds = 1'000'000'000;

std::atomic<long long> first_signal{kNever};
static_assert(std::atomic<long long>::is_always_lock_free, "used in a signal handler");

extern "C" void on_stop_signal(int signal) {
  const int saved_errno = errno;
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const long long time = now.tv_sec * kNanoseconds + now.tv_nsec;
  partita::request_stop(signal);
  long long earlier = kNever;
  if (!first_signal.compare_exchange_strong(earlier, time) && time - earlier > kNanoseconds) {
    _exit(partita::interruption_held() ? kStoppedEarly : kSignalled + signal);
  }
  errno = saved_errno;
}

}  // namespace

void watch_stop_signals() {
  struct sigaction action {};
  action.sa_handler = on_stop_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (const int signal : std::array{SIGTERM, SIGINT, SIGUSR1, SIGUSR2})
    sigaction(signal, &action, nullptr);
}

bool stop_signalled() {
  return stop_signal() != 0;
}

}  // namespace partita::app
