#pragma once

#include "partita/base/work_log.hpp"
#include "partita/comm/traffic.hpp"

#include "base/stopwatch.hpp"

namespace partita {

/// Books the time of its life as one kind of work, without what collectives took of it.
class WorkTimer {
 public:
  /// @param flops  that the work needs; 0 when they are not counted.
  WorkTimer(WorkLog& log, const TrafficLog& traffic, Work work, double flops = 0)
      : log_(log),
        traffic_(traffic),
        work_(work),
        flops_(flops),
        before_(traffic.total().seconds) {}
  ~WorkTimer() { log_.add(work_, clock_.seconds() - (traffic_.total().seconds - before_), flops_); }
  WorkTimer(const WorkTimer&) = delete;
  WorkTimer& operator=(const WorkTimer&) = delete;

 private:
  WorkLog& log_;
  const TrafficLog& traffic_;
  Work work_;
  double flops_;
  double before_;
  Stopwatch clock_;
};

}  // namespace partita
