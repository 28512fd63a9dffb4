#pragma once

#include "partita/comm/communicator.hpp"
#include "partita/factorize/result.hpp"
#include "partita/io/spread/matrix_source.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/stopwatch.hpp"
#include "factorize/matrix/observed_entries.hpp"
#include "fit_options.hpp"
#include "job/node_memory.hpp"
#include "run_record.hpp"

namespace partita::app {

/// Time and traffic of the phases of a run on this process.
class PhaseLog {
 public:
  struct Phase {
    std::string name;
    double seconds = 0;
    std::array<TrafficLog::Entry, kCollectives.size()> traffic{};
  };

  explicit PhaseLog(const TrafficLog& traffic) : traffic_(traffic) {}

  /// Runs one phase and books what it took.
  template <class Action>
  auto run(const std::string& name, Action&& action) {
    const Stopwatch clock;
    const TrafficLog before = traffic_;
    struct Booking {
      PhaseLog& log;
      const std::string& name;
      const Stopwatch& clock;
      const TrafficLog& before;
      ~Booking() { log.add(name, clock.seconds(), before); }
    } const booking{*this, name, clock, before};
    return action();
  }
  [[nodiscard]] const std::vector<Phase>& phases() const { return phases_; }

 private:
  void add(const std::string& name, double seconds, const TrafficLog& before);

  const TrafficLog& traffic_;
  std::vector<Phase> phases_;
};

/// Everything that the report of a run tells besides its results.
struct RunFacts {
  const FitOptions& options;          ///< as given
  const FactorizeOptions& factorize;  ///< as run
  const MatrixShape& shape;
  const JobPlan& plan;
  NodeMemory memory;
  double frobenius_norm = 0;  ///< of X
  Index stored = 0;
  std::optional<EntryFacts> entries = {};  ///< where not all count alike
  std::optional<ConsensusRecord> consensus = {};
  std::optional<BootstrapRecord> bootstrap = {};
  StopReason status = StopReason::max_iterations;
  double seconds = 0;
};

/// `restart,iteration,seconds,relative_error`, a line for every point of every trace; under
/// penalties also `objective`, ½||X - AS||² + penalties.
[[nodiscard]] std::string traces_csv(const RunFacts& facts,
                                     const std::vector<RestartResult>& restarts);
/// `restart,status,iterations,relative_error,seconds`, a line a restart; under penalties also
/// `objective`.
[[nodiscard]] std::string restarts_csv(const RunFacts& facts,
                                       const std::vector<RestartResult>& restarts);
/// What run.json tells, complete on process 0. Collective over `world`.
[[nodiscard]] RunRecord run_record(const Communicator& world, const RunFacts& facts,
                                   const Factorization& result, const PhaseLog& phases);
/// The line that ends stdout.
[[nodiscard]] std::string summary_line(const RestartResult& best, StopReason status, double seconds,
                                       const std::string& output);

}  // namespace partita::app
