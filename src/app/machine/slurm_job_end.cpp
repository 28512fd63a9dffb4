#include "slurm_job_end.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <optional>

namespace partita::app {

namespace {

constexpr double kUnknown = std::numeric_limits<double>::infinity();
constexpr auto kBetweenQuestions = std::chrono::seconds(60);
/// What a run keeps for saving itself: a share of the time left, between these seconds.
constexpr double kReservedShare = 0.1;
constexpr double kLeastReserve = 15;
constexpr double kMostReserve = 120;

double now() {
  using std::chrono::duration;
  return duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// squeue's answer, by a shell; empty when there is none. It must not keep the run from ending.
std::string ask_squeue(const std::string& job) {
  const std::string command = "timeout 20 squeue --noheader --jobs=" + job + " --format=%e 2>&1";
  std::FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return "";
  std::array<char, 64> text{};
  const std::size_t length = std::fread(text.data(), 1, text.size(), pipe);
  const bool good = pclose(pipe) == 0;
  return good ? std::string(text.data(), length) : "";
}

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

}  // namespace

double parse_slurm_time(const std::string& text) {
  std::tm time{};
  const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &time);
  if (rest == nullptr) return kUnknown;
  time.tm_isdst = -1;
  const std::time_t seconds = std::mktime(&time);
  return seconds < 0 ? kUnknown : static_cast<double>(seconds);
}

SlurmJobEnd::SlurmJobEnd(bool asks) : end_(kUnknown) {
  const char* job = std::getenv("SLURM_JOB_ID");
  if (!asks || job == nullptr || !is_number(job)) return;
  thread_ = std::thread([this, number = std::string(job)] { keep_asking(number); });
}

SlurmJobEnd::~SlurmJobEnd() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void SlurmJobEnd::keep_asking(const std::string& job) {
  std::optional<double> reserve;  // of the first answer: it should not shrink as time goes by
  std::unique_lock lock(mutex_);
  while (!over_) {
    lock.unlock();
    const double end = parse_slurm_time(ask_squeue(job));
    if (end != kUnknown && !reserve) {
      reserve = std::clamp(kReservedShare * (end - now()), kLeastReserve, kMostReserve);
    }
    end_ = end - reserve.value_or(0);
    lock.lock();
    changed_.wait_for(lock, kBetweenQuestions, [this] { return over_; });
  }
}

double SlurmJobEnd::seconds_left() const {
  return end_ - now();
}

}  // namespace partita::app
