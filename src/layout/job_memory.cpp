#include "layout/job_memory.hpp"

#include <algorithm>

namespace partita {

namespace {

/// Program, MPI buffers and reading batches.
constexpr double kFixedBytes = 64e6;
/// Of the memory that can be shared, as others may want some of it.
constexpr double kShareableShare = 0.8;
/// Lines drawn by their norms hold so many times their share of a sparse X, about.
constexpr double kHeaviness = 2;
/// A restart's result without its trace, and its place in a batch.
constexpr double kBytesOfRestart = 160;
constexpr double kBytesOfTracePoint = 32;
/// Longer traces are rare: a tolerance ends most restarts before.
constexpr Index kLongestTrace = 500;
/// Panels of sparse X and marks of its lines, for each row and column of a block.
constexpr double kBytesOfLine = 1;

/// A stored entry of sparse X takes its value, 2 bytes for its row and its share of 6 for its
/// column.
double bytes_of_matrix(const JobFacts& facts) {
  const auto real = static_cast<double>(facts.real_bytes);
  return (facts.sparse ? real + 4 : real) * static_cast<double>(facts.stored);
}

double bytes_of_subsample(const JobFacts& facts) {
  const auto share = static_cast<double>(facts.subsample.lines) /
                     static_cast<double>(std::max(facts.rows, facts.columns));
  return bytes_of_matrix(facts) * (facts.sparse ? std::min(1.0, kHeaviness * share) : share);
}

}  // namespace

bool can_share(const JobFacts& facts, Index groups, GridShape grid) {
  if (groups == 1 || facts.processes_on_node == 1) return false;
  // all blocks that its processes may have between them
  const double share = std::min(
      1.0, static_cast<double>(facts.processes_on_node) / static_cast<double>(grid.processes()));
  return share * bytes_of_matrix(facts) <= kShareableShare * facts.shareable_bytes;
}

double bytes_of_results(const JobFacts& facts, Index groups) {
  const auto points = static_cast<double>(std::min(facts.iterations, kLongestTrace) + 1);
  const double held = 2 * static_cast<double>(restarts_per_group(facts, groups)) +
                      2 * static_cast<double>(facts.restarts);
  return facts.has_factors ? held * (kBytesOfRestart + kBytesOfTracePoint * points) : 0;
}

double bytes_per_process(const JobFacts& facts, Index groups, GridShape grid, Index batch,
                         bool shares_X) {
  const auto real = static_cast<double>(facts.real_bytes);
  const Index groups_on_node = facts.processes_on_node / grid.processes();
  const auto holders =
      static_cast<double>(shares_X ? std::clamp<Index>(groups_on_node, 1, groups) : Index{1});
  const double width =
      facts.has_factors ? static_cast<double>(facts.components) * static_cast<double>(batch) : 0;
  const double owned_A = largest_part(facts.rows, grid.processes());
  const double owned_S = largest_part(facts.columns, grid.processes());
  const double owned = owned_A + owned_S;
  const double block_A = largest_part(facts.rows, grid.rows);
  const double block_S = largest_part(facts.columns, grid.columns);
  const double block = block_A + block_S;
  double factors = 2 * owned_A + 4 * owned_S;
  if (grid.rows > 1) factors += 2 * block_S;
  if (grid.columns > 1) factors += owned_A + 2 * block_A;
  const double compressed = static_cast<double>(facts.sketch) * (block + 2 * owned);
  const double subsample = bytes_of_subsample(facts) / static_cast<double>(grid.processes());
  const double sums = static_cast<double>(facts.threads - 1) * block_S;
  const double waiting =
      facts.restarts_wait ? static_cast<double>(restarts_per_group(facts, groups)) : 0;
  return kFixedBytes + static_cast<double>(facts.components) * waiting * real * 2 * owned +
         bytes_of_matrix(facts) / static_cast<double>(grid.processes()) / holders +
         (facts.sparse ? kBytesOfLine * block : 0) + width * real * (factors + sums) +
         real * compressed + subsample + bytes_of_results(facts, groups);
}

}  // namespace partita
