#include "layout/pass_cost.hpp"

#include <cmath>

namespace partita {

namespace {

// Rough rates of one process, good enough to rank layouts: what matters is their ratio.
constexpr double kDenseFlopsPerSecond = 4e10;
constexpr double kSparseFlopsPerSecond = 8e9;
constexpr double kBytesPerSecond = 2e9;
constexpr double kSecondsPerMessage = 5e-6;
constexpr double kCollectivesPerPass = 7;

}  // namespace

double words_per_pass(const JobFacts& facts, GridShape grid) {
  const auto k = static_cast<double>(facts.components);
  const auto pr = static_cast<double>(grid.rows);
  const auto pc = static_cast<double>(grid.columns);
  const auto n = static_cast<double>(facts.rows);
  const auto m = static_cast<double>(facts.columns);
  return 2 * k * (n / pr * (1 - 1 / pc) + m / pc * (1 - 1 / pr)) + 4 * k * k * (1 - 1 / (pr * pc));
}

double message_seconds(Index processes) {
  return kCollectivesPerPass * std::ceil(std::log2(static_cast<double>(processes))) *
         kSecondsPerMessage;
}

double pass_seconds(const JobFacts& facts, GridShape grid) {
  const auto k = static_cast<double>(facts.components);
  const auto p = static_cast<double>(grid.processes());
  double flops_per_second = facts.sparse ? kSparseFlopsPerSecond : kDenseFlopsPerSecond;
  double block = static_cast<double>(facts.stored) / p;
  if (!facts.sparse)
    block = largest_part(facts.rows, grid.rows) * largest_part(facts.columns, grid.columns);
  const double flops =
      4 * block * k + 4 * k * k * largest_part(facts.rows + facts.columns, grid.processes());
  flops_per_second *= static_cast<double>(facts.threads);
  return flops / flops_per_second +
         words_per_pass(facts, grid) * static_cast<double>(facts.real_bytes) / kBytesPerSecond +
         message_seconds(grid.processes());
}

}  // namespace partita
