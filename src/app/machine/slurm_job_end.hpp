#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace partita::app {

/// When SLURM will end this job, as squeue says; asked again and again in the background, as
/// administrators change it.
class SlurmJobEnd {
 public:
  /// Asks nothing where this is no job of SLURM, or `asks` is false.
  explicit SlurmJobEnd(bool asks);
  ~SlurmJobEnd();
  SlurmJobEnd(const SlurmJobEnd&) = delete;
  SlurmJobEnd& operator=(const SlurmJobEnd&) = delete;

  /// Seconds until a run should be over, with some to spare for saving it; infinity when unknown.
  [[nodiscard]] double seconds_left() const;

 private:
  void keep_asking(const std::string& job);

  std::atomic<double> end_;  ///< seconds since the epoch
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  std::thread thread_;
};

/// The moment that squeue prints as "2026-01-31T23:59:59" (local time), in seconds since the epoch;
/// infinity for any other text, such as that of a job without a limit.
[[nodiscard]] double parse_slurm_time(const std::string& text);

}  // namespace partita::app
