#include "run_report.hpp"

#include "partita/base/stopwatch.hpp"
#include "partita/comm/collectives.hpp"
#include "partita/data/kernels.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <type_traits>
#include <variant>

#include <Eigen/Core>
#include <boost/version.hpp>
#include <nlohmann/json.hpp>

#include "json_file.hpp"

namespace partita::app {

namespace {

using nlohmann::ordered_json;

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

ordered_json versions_json() {
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

/// JSON has no infinity: no limit is null.
ordered_json finite_or_null(double value) {
  return std::isfinite(value) ? ordered_json(value) : ordered_json(nullptr);
}

ordered_json options_json(const FitOptions& options, const FactorizeOptions& run) {
  ordered_json json;
  for (const auto& [name, value] : reported_options(options, run)) {
    ordered_json& field = json[name];
    std::visit(
        [&field](const auto& plain) {
          using Plain = std::remove_cvref_t<decltype(plain)>;
          if constexpr (std::is_same_v<Plain, std::string>) {
            field = to_utf8(plain);
          } else if constexpr (!std::is_same_v<Plain, std::monostate>) {
            field = plain;
          }
        },
        value);
  }
  return json;
}

ordered_json layout_json(const Communicator& world, const RunFacts& facts) {
  const JobPlan& plan = facts.plan;
  return {{"processes", world.size()},
          {"threads", facts.factorize.threads},
          {"groups", plan.groups},
          {"grid", {plan.grid.rows, plan.grid.columns}},
          {"shared_X", plan.shares_X},
          {"batch", plan.batch},
          {"predicted_bytes_per_process", plan.bytes_per_process},
          {"predicted_words_per_pass", plan.words_per_pass},
          {"available_bytes_per_process", finite_or_null(facts.memory.per_process())}};
}

/// Maximum and mean of every number over the processes.
struct Spread {
  std::vector<double> most;
  std::vector<double> mean;
};

Spread spread_over(const Communicator& world, std::vector<double> numbers) {
  Spread spread{numbers, std::move(numbers)};
  max_over(world, std::span<double>(spread.most));
  sum_over(world, std::span<double>(spread.mean));
  for (double& value : spread.mean) value /= world.size();
  return spread;
}

ordered_json phases_json(const Communicator& world, const PhaseLog& log) {
  std::vector<double> numbers;
  for (const PhaseLog::Phase& phase : log.phases()) {
    numbers.push_back(phase.seconds);
    for (const TrafficLog::Entry& entry : phase.traffic) {
      numbers.insert(numbers.end(), {static_cast<double>(entry.calls), entry.words, entry.seconds});
    }
  }
  const Spread spread = spread_over(world, std::move(numbers));
  std::size_t next = 0;
  const auto take = [&] {
    ordered_json pair = {{"max", spread.most[next]}, {"mean", spread.mean[next]}};
    ++next;
    return pair;
  };
  ordered_json json = ordered_json::object();
  for (const PhaseLog::Phase& phase : log.phases()) {
    ordered_json& entry = json[phase.name];
    entry["seconds"] = take();
    for (const Collective collective : kCollectives) {
      ordered_json moved;
      for (const char* quantity : {"calls", "words", "seconds"}) moved[quantity] = take();
      const bool used = moved["calls"]["max"].get<double>() > 0;
      if (used) entry["traffic"][std::string(name_of(collective))] = moved;
    }
  }
  return json;
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
ordered_json work_json(const Communicator& world, const WorkLog& log, double peak) {
  std::vector<double> numbers{peak};
  for (const Work work : kWorks) {
    numbers.insert(numbers.end(), {log[work].seconds, log[work].flops});
  }
  const Spread spread = spread_over(world, std::move(numbers));
  ordered_json json = {
      {"peak_flops_per_second", {{"max", spread.most[0]}, {"mean", spread.mean[0]}}}};
  std::size_t next = 1;
  for (const Work work : kWorks) {
    ordered_json& entry = json[std::string(name_of(work))];
    entry["seconds"] = {{"max", spread.most[next]}, {"mean", spread.mean[next]}};
    const double seconds = spread.mean[next++];
    const double flops = spread.mean[next];
    entry["flops"] = {{"max", spread.most[next]}, {"mean", flops}};
    ++next;
    if (flops > 0 && seconds > 0) entry["share_of_peak"] = flops / seconds / spread.mean[0];
  }
  return json;
}

const char* scaling(const FactorizeOptions& options) {
  const bool as_computed =
      options.init == StartKind::given || options.constraint == Constraint::none;
  return as_computed ? "as computed: neither reordered nor rescaled"
                     : "components sorted by mass, descending; ||a_j||_2 = ||s_j||_2";
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

std::string traces_csv(const std::vector<RestartResult>& restarts) {
  std::string text = "restart,iteration,seconds,relative_error\n";
  for (const RestartResult& restart : restarts) {
    for (const TracePoint& point : restart.trace) {
      text += std::to_string(restart.restart) + "," + std::to_string(point.iteration) + "," +
              decimals(point.seconds, 6) + "," + shortest(point.relative_error) + "\n";
    }
  }
  return text;
}

std::string restarts_csv(const std::vector<RestartResult>& restarts) {
  std::string text = "restart,status,iterations,relative_error,seconds\n";
  for (const RestartResult& restart : restarts) {
    text += std::to_string(restart.restart) + "," + name_in(kStatuses, restart.stop) + "," +
            std::to_string(restart.iterations) + "," + shortest(restart.relative_error) + "," +
            decimals(restart.seconds, 6) + "\n";
  }
  return text;
}

std::string run_json(const Communicator& world, const RunFacts& facts, const Factorization& result,
                     const PhaseLog& phases) {
  const ordered_json phases_moved = phases_json(world, phases);
  const double peak_of_core =
      facts.options.single_precision ? measured_peak<float>() : measured_peak<double>();
  const ordered_json work =
      work_json(world, result.work, static_cast<double>(facts.factorize.threads) * peak_of_core);
  if (!world.is_root()) return "";
  ordered_json identity = ordered_json::object();
  for (const auto& [name, value] : result.identity) identity[name] = value;
  const ordered_json json = {{"status", name_in(kStatuses, facts.status)},
                             {"best_restart", result.best.restart},
                             {"relative_error", result.best.relative_error},
                             {"iterations", result.best.iterations},
                             {"stop_reason", name_in(kStatuses, result.best.stop)},
                             {"seconds", facts.seconds},
                             {"scaling", scaling(facts.factorize)},
                             {"options", options_json(facts.options, facts.factorize)},
                             {"matrix",
                              {{"file", to_utf8(facts.options.matrix.file)},
                               {"rows", facts.shape.rows},
                               {"columns", facts.shape.columns},
                               {"sparse", facts.shape.sparse},
                               {"stored", facts.stored},
                               {"frobenius_norm", std::sqrt(facts.squared_norm)}}},
                             {"identity", identity},
                             {"layout", layout_json(world, facts)},
                             {"phases", phases_moved},
                             {"work", work},
                             {"versions", versions_json()}};
  return json.dump(2) + "\n";
}

std::string summary_line(const RestartResult& best, StopReason status, double seconds,
                         const std::string& output) {
  return "status=" + name_in(kStatuses, status) + " best_restart=" + std::to_string(best.restart) +
         " relative_error=" + shortest(best.relative_error) +
         " iterations=" + std::to_string(best.iterations) + " seconds=" + decimals(seconds, 2) +
         " output=" + output + "\n";
}

}  // namespace partita::app
