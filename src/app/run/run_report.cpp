#include "run_report.hpp"

#include <array>
#include <cmath>
#include <cstdio>

#include <Eigen/Core>
#include <boost/version.hpp>
#include <nlohmann/json.hpp>

#include "base/stopwatch.hpp"
#include "comm/collectives.hpp"
#include "data/kernels/peak.hpp"

namespace partita::app {

namespace {

std::string decimals(double value, int digits) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

std::string mpi_library() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  check_mpi(MPI_Get_library_version(text.data(), &length), "MPI_Get_library_version");
  const std::string whole(text.data());
  return whole.substr(0, whole.find_first_of(",\n"));
}

Named<std::string> versions() {
  const auto dotted = [](int a, int b, int c) {
    return std::to_string(a) + "." + std::to_string(b) + "." + std::to_string(c);
  };
  return {
      {"partita", PARTITA_VERSION},
      {"compiler", __VERSION__},
      {"mpi", mpi_library()},
      {"eigen", dotted(EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION, EIGEN_MINOR_VERSION)},
      {"boost", dotted(BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100)},
      {"nlohmann_json", dotted(NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR,
                               NLOHMANN_JSON_VERSION_PATCH)}};
}

LayoutRecord layout_record(const Communicator& world, const RunFacts& facts) {
  const JobPlan& plan = facts.plan;
  const double available = facts.memory.per_process();
  LayoutRecord record{.processes = world.size(),
                      .threads = facts.factorize.threads,
                      .groups = plan.groups,
                      .grid = plan.grid,
                      .shared_X = plan.shares_X,
                      .batch = plan.batch,
                      .predicted_bytes_per_process = plan.bytes_per_process,
                      .predicted_words_per_pass = plan.words_per_pass,
                      .available_bytes_per_process = {}};
  if (std::isfinite(available)) record.available_bytes_per_process = available;
  return record;
}

/// Maximum and mean of every number over the processes. Collective.
std::vector<MaxAndMean> spread_over(const Communicator& world, std::vector<double> numbers) {
  std::vector<double> sums = numbers;
  max_over(world, std::span<double>(numbers));
  sum_over(world, std::span<double>(sums));
  std::vector<MaxAndMean> spread;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    spread.push_back({numbers[i], sums[i] / world.size()});
  }
  return spread;
}

Named<PhaseRecord> phase_records(const Communicator& world, const PhaseLog& log) {
  std::vector<double> numbers;
  for (const PhaseLog::Phase& phase : log.phases()) {
    numbers.push_back(phase.seconds);
    for (const TrafficLog::Entry& entry : phase.traffic) {
      numbers.insert(numbers.end(), {static_cast<double>(entry.calls), entry.words, entry.seconds});
    }
  }
  const std::vector<MaxAndMean> spread = spread_over(world, std::move(numbers));
  Named<PhaseRecord> records;
  auto next = spread.begin();
  for (const PhaseLog::Phase& phase : log.phases()) {
    PhaseRecord record{.seconds = *next++, .traffic = {}};
    for (const Collective collective : kCollectives) {
      const TrafficRecord moved{.calls = next[0], .words = next[1], .seconds = next[2]};
      next += 3;
      if (moved.calls.max > 0) record.traffic.emplace_back(name_of(collective), moved);
    }
    records.emplace_back(phase.name, record);
  }
  return records;
}

/// The rate of fused multiply-adds that never leave the registers, now and here.
template <class Real>
double measured_peak() {
  constexpr Index kSteps = 200000;
  Real value = 1;
  const Stopwatch clock;
  const double flops = kernels::multiply_add_chains(kSteps, &value);
  return std::isnan(value) ? 0 : flops / clock.seconds();
}

/// Local work by kind; its flops are those that the results need, its share of the peak that of the
/// processes' mean rate while they did it. @param peak  of this process with its threads.
WorkRecord work_record(const Communicator& world, const WorkLog& log, double peak) {
  std::vector<double> numbers{peak};
  for (const Work work : kWorks) {
    numbers.insert(numbers.end(), {log[work].seconds, log[work].flops});
  }
  const std::vector<MaxAndMean> spread = spread_over(world, std::move(numbers));
  WorkRecord record{.peak_flops_per_second = spread[0], .kinds = {}};
  auto next = spread.begin() + 1;
  for (WorkKindRecord& kind : record.kinds) {
    kind.seconds = *next++;
    kind.flops = *next++;
    if (kind.flops.mean > 0 && kind.seconds.mean > 0) {
      kind.share_of_peak = kind.flops.mean / kind.seconds.mean / spread[0].mean;
    }
  }
  return record;
}

const char* scaling(const FactorizeOptions& options) {
  const bool as_computed =
      options.init == StartKind::given || options.constraint == Constraint::none;
  if (as_computed) return "as computed: neither reordered nor rescaled";
  if (options.center) return "components sorted by mass, descending; as large as the fit made them";
  if (options.fixed.any()) {
    return options.penalties.any()
               ? "fixed components first, as given; the others sorted by mass, descending, and "
                 "scaled to the least penalty"
               : "fixed components first, as given; the others sorted by mass, descending, with "
                 "||a_j||_2 = ||s_j||_2";
  }
  if (!options.penalties.any()) {
    return "components sorted by mass, descending; ||a_j||_2 = ||s_j||_2";
  }
  return options.penalties.degenerate()
             ? "components sorted by mass, descending; the penalised factor shrunk, as no scale "
               "has the least penalty"
             : "components sorted by mass, descending; scaled to the least penalty";
}

/// ½||X - AS||² + penalties. @param relative  the same on the scale of the relative error.
double objective_of(const RunFacts& facts, double relative) {
  const double root = relative * facts.frobenius_norm;
  return root * root / 2;
}

}  // namespace

void PhaseLog::add(const std::string& name, double seconds, const TrafficLog& before) {
  Phase phase{name, seconds, {}};
  for (std::size_t i = 0; i < kCollectives.size(); ++i) {
    const TrafficLog::Entry& now = traffic_[kCollectives[i]];
    const TrafficLog::Entry& then = before[kCollectives[i]];
    phase.traffic[i] = {now.calls - then.calls, now.words - then.words, now.seconds - then.seconds};
  }
  phases_.push_back(phase);
}

std::string traces_csv(const RunFacts& facts, const std::vector<RestartResult>& restarts) {
  const bool penalised = is_penalised(facts.factorize);
  std::string text = "restart,iteration,seconds,relative_error";
  text += penalised ? ",objective\n" : "\n";
  for (const RestartResult& restart : restarts) {
    for (const TracePoint& point : restart.trace) {
      text += std::to_string(restart.restart) + "," + std::to_string(point.iteration) + "," +
              decimals(point.seconds, 6) + "," + shortest(point.relative_error);
      if (penalised) text += "," + shortest(objective_of(facts, point.objective));
      text += "\n";
    }
  }
  return text;
}

std::string restarts_csv(const RunFacts& facts, const std::vector<RestartResult>& restarts) {
  const bool penalised = is_penalised(facts.factorize);
  std::string text = "restart,status,iterations,relative_error,seconds";
  text += penalised ? ",objective\n" : "\n";
  for (const RestartResult& restart : restarts) {
    text += std::to_string(restart.restart) + "," + name_in(kStatuses, restart.stop) + "," +
            std::to_string(restart.iterations) + "," + shortest(restart.relative_error) + "," +
            decimals(restart.seconds, 6);
    if (penalised) text += "," + shortest(objective_of(facts, restart.objective));
    text += "\n";
  }
  return text;
}

RunRecord run_record(const Communicator& world, const RunFacts& facts, const Factorization& result,
                     const PhaseLog& phases) {
  const double peak_of_core =
      facts.options.single_precision ? measured_peak<float>() : measured_peak<double>();
  RunRecord record;
  record.phases = phase_records(world, phases);
  record.work =
      work_record(world, result.work, static_cast<double>(facts.factorize.threads) * peak_of_core);
  record.status = facts.status;
  record.best_restart = result.best.restart;
  record.relative_error = result.best.relative_error;
  if (is_penalised(facts.factorize)) {
    record.objective = objective_of(facts, result.best.objective);
  }
  record.iterations = result.best.iterations;
  record.stop_reason = result.best.stop;
  record.seconds = facts.seconds;
  record.scaling = scaling(facts.factorize);
  record.options = reported_options(facts.options, facts.factorize);
  record.matrix = {.file = facts.options.matrix.file,
                   .rows = facts.shape.rows,
                   .columns = facts.shape.columns,
                   .sparse = facts.shape.sparse,
                   .stored = facts.stored,
                   .frobenius_norm = facts.frobenius_norm};
  if (facts.entries) {
    record.entries = {.known = facts.entries->known,
                      .mean = facts.entries->mean,
                      .standard_deviation = facts.entries->deviation,
                      .least = facts.entries->least,
                      .most = facts.entries->most,
                      .empty_rows = facts.entries->empty_rows,
                      .empty_columns = facts.entries->empty_columns};
  }
  if (facts.factorize.bias) record.mean = result.mean;
  if (facts.options.factorize.average) record.averaged_restarts = facts.factorize.restarts;
  record.consensus = facts.consensus;
  record.bootstrap = facts.bootstrap;
  record.identity = result.identity;
  record.layout = layout_record(world, facts);
  record.versions = versions();
  return record;
}

std::string summary_line(const RestartResult& best, StopReason status, double seconds,
                         const std::string& output) {
  return "status=" + name_in(kStatuses, status) + " best_restart=" + std::to_string(best.restart) +
         " relative_error=" + shortest(best.relative_error) +
         " iterations=" + std::to_string(best.iterations) + " seconds=" + decimals(seconds, 2) +
         " output=" + output + "\n";
}

}  // namespace partita::app
