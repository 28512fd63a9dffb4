#include "base/interruption.hpp"

#include <atomic>
#include <cmath>
#include <cstring>
#include <ctime>
#include <string>
#include <thread>

#include "base/stop_exchange.hpp"

namespace partita {

namespace {

using Nanoseconds = long long;
constexpr Nanoseconds kBetweenExchanges = 50'000'000;
constexpr Nanoseconds kNever = std::numeric_limits<Nanoseconds>::max();

std::atomic<int> signal_heard{0};
std::atomic<Nanoseconds> heard_at{kNever};
std::atomic<Nanoseconds> time_over_at{kNever};
std::atomic<int> interruptibles{0};
std::atomic<double> held_for{0};

std::atomic<StopExchange> stop_exchange{nullptr};
// Of the thread that has installed it alone.
std::thread::id exchanging_thread;
Nanoseconds next_exchange = 0;
static_assert(std::atomic<Nanoseconds>::is_always_lock_free, "used in a signal handler");

Nanoseconds now() noexcept {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * Nanoseconds{1'000'000'000} + time.tv_nsec;
}

/// The moment so many seconds after another.
Nanoseconds later(Nanoseconds moment, double seconds) noexcept {
  constexpr double kMostSeconds = 1e9;  // 30 years
  if (moment == kNever || seconds > kMostSeconds) return kNever;
  return moment + static_cast<Nanoseconds>(seconds * 1e9);
}

}  // namespace

void request_stop(int signal) noexcept {
  int none = 0;
  if (signal_heard.compare_exchange_strong(none, signal)) heard_at = now();
}

int stop_signal() noexcept {
  return signal_heard;
}

Error interruption() {
  if (stop_signal() != 0) {
    return {ErrorKind::interrupted, std::string("stopped by SIG") + sigabbrev_np(stop_signal())};
  }
  return {ErrorKind::interrupted, "the time limit passed before there was anything to save"};
}

void install_stop_exchange(StopExchange exchange) {
  exchanging_thread = std::this_thread::get_id();
  stop_exchange = exchange;
}

void exchange_stop_requests() {
  const StopExchange exchange = stop_exchange;
  if (exchange == nullptr || exchanging_thread != std::this_thread::get_id()) return;
  const int heard = exchange(stop_signal());
  if (heard != 0) request_stop(heard);
  next_exchange = now() + kBetweenExchanges;
}

void check_interrupted() {
  if (interruptibles == 0 || std::isinf(held_for)) return;
  const Nanoseconds moment = now();
  if (exchanging_thread == std::this_thread::get_id() && moment >= next_exchange) {
    exchange_stop_requests();
  }
  const Nanoseconds asked = heard_at;
  const Nanoseconds over = time_over_at;
  if (moment < later(asked, held_for) && (interruption_held() || moment < over)) return;
  throw interruption();
}

Interruptible::Interruptible() noexcept {
  ++interruptibles;
}

Interruptible::~Interruptible() {
  --interruptibles;
}

InterruptionHold::InterruptionHold(double seconds) noexcept
    : before_(held_for.exchange(std::fmax(seconds, held_for))) {}

InterruptionHold::~InterruptionHold() {
  held_for = before_;
}

bool interruption_held() noexcept {
  return held_for > 0;
}

TimeLimit::TimeLimit(double seconds) noexcept {
  time_over_at = later(now(), seconds);
}

TimeLimit::~TimeLimit() {
  time_over_at = kNever;
}

}  // namespace partita
