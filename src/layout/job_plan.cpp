#include "partita/layout/job_plan.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace partita {

namespace {

// Rough rates of one process, good enough to rank layouts: what matters is their ratio.
constexpr double kDenseFlopsPerSecond = 4e10;
constexpr double kSparseFlopsPerSecond = 8e9;
constexpr double kBytesPerSecond = 2e9;
constexpr double kSecondsPerMessage = 5e-6;
constexpr double kCollectivesPerPass = 7;
/// Stacked restarts wider than this no longer gain: their rows leave the nearest cache.
constexpr Index kWidestStack = 64;
/// Restarts on sparse X are stacked only where a pass spends more than this on the latency of its
/// messages: their rows, gathered at random, leave the cache (5 million entries, 2 processes, ms a
/// restart and pass with 1, 2, 4 stacked: k = 8 13, 17, 14; k = 32 35, 43, 65).
constexpr double kLatencyShare = 0.2;
/// Program, MPI buffers and reading batches.
constexpr double kFixedBytes = 64e6;
/// Of the memory that can be shared, as others may want some of it.
constexpr double kShareableShare = 0.8;

double part(Index extent, Index parts) {
  return std::ceil(static_cast<double>(extent) / static_cast<double>(parts));
}

Index restarts_per_group(const JobFacts& facts, Index groups) {
  return facts.restarts / groups + (facts.restarts % groups != 0 ? 1 : 0);
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
  if (!facts.sparse) block = part(facts.rows, grid.rows) * part(facts.columns, grid.columns);
  const double flops =
      4 * block * k + 4 * k * k * part(facts.rows + facts.columns, grid.processes());
  flops_per_second *= static_cast<double>(facts.threads);
  return flops / flops_per_second +
         words_per_pass(facts, grid) * static_cast<double>(facts.real_bytes) / kBytesPerSecond +
         message_seconds(grid.processes());
}

// What a sketch costs in products with X, and what is expected of a run with it.
constexpr double kSketchProducts = 6;
constexpr double kPassesOfRun = 40;
constexpr double kPassesOfPolish = 20;
/// Work of a pass beside its products, in squares of k a row.
constexpr double kUpdateWork = 12;
/// A smaller X takes seconds anyway, and its traces stay exact.
constexpr double kSmallestSketched = 1e7;
/// It must at least be so much faster.
constexpr double kLeastGain = 1.5;

/// Lines of a subsample of dense X for each component: with 100 the excess of its fit over that of
/// all lines is about 1 % of the error, which two passes over X remove.
constexpr Index kSubsampledLines = 100;
/// X has at least so many times more.
constexpr Index kSubsampleShare = 4;
/// Lines of sparse X say less each: starts that fit fewer, or most of what there is, end no sooner
/// or at worse minima.
constexpr double kSmallestSparseSubsampled = 1e6;
constexpr Index kSparseSubsampledLines = 500;
constexpr Index kFewestSparseLines = 10000;
constexpr Index kSparseSubsampleShare = 5;
/// Lines for each one across, and how many times more X has of these at least.
constexpr Index kLinesPerAcross = 3;
constexpr Index kAcrossShare = 3;
/// Lines drawn by their norms hold so many times their share of a sparse X, about.
constexpr double kHeaviness = 2;

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

/// Whether groups have blocks in common on a node, and a node has room for what it shares.
bool can_share(const JobFacts& facts, Index groups, GridShape grid) {
  if (groups == 1 || facts.processes_on_node == 1) return false;
  // all blocks that its processes may have between them
  const double share = std::min(
      1.0, static_cast<double>(facts.processes_on_node) / static_cast<double>(grid.processes()));
  return share * bytes_of_matrix(facts) <= kShareableShare * facts.shareable_bytes;
}

/// A restart's result without its trace, and its place in a batch.
constexpr double kBytesOfRestart = 160;
constexpr double kBytesOfTracePoint = 32;
/// Longer traces are rare: a tolerance ends most restarts before.
constexpr Index kLongestTrace = 500;

/// What all processes of a group know of its restarts, once more to be sent; and what process 0
/// receives of all.
double bytes_of_results(const JobFacts& facts, Index groups) {
  const auto points = static_cast<double>(std::min(facts.iterations, kLongestTrace) + 1);
  const double held = 2 * static_cast<double>(restarts_per_group(facts, groups)) +
                      2 * static_cast<double>(facts.restarts);
  return facts.has_factors ? held * (kBytesOfRestart + kBytesOfTracePoint * points) : 0;
}

/// Panels of sparse X and marks of its lines, for each row and column of a block.
constexpr double kBytesOfLine = 1;

/// Block of X and what goes with its lines; the factors that the solver keeps (two of A, three of
/// S, and XᵀA); where a block's factors have several owners, those gathered and the block's
/// product; XᵀA of every further thread; two pairs of factors of every restart that waits; and the
/// results of all.
double bytes_per_process(const JobFacts& facts, Index groups, GridShape grid, Index batch,
                         bool shares_X) {
  const auto real = static_cast<double>(facts.real_bytes);
  const Index groups_on_node = facts.processes_on_node / grid.processes();
  const auto holders =
      static_cast<double>(shares_X ? std::clamp<Index>(groups_on_node, 1, groups) : Index{1});
  const double width =
      facts.has_factors ? static_cast<double>(facts.components) * static_cast<double>(batch) : 0;
  const double owned_A = part(facts.rows, grid.processes());
  const double owned_S = part(facts.columns, grid.processes());
  const double owned = owned_A + owned_S;
  const double block_A = part(facts.rows, grid.rows);
  const double block_S = part(facts.columns, grid.columns);
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

std::string text(GridShape grid) {
  return std::to_string(grid.rows) + "x" + std::to_string(grid.columns);
}

[[noreturn]] void does_not_fit(const std::string& what, Index processes) {
  throw Error(ErrorKind::usage,
              what + " does not fit " + std::to_string(processes) +
                  " processes: groups x grid rows x grid columns must equal their number");
}

void check_overrides(const JobFacts& facts, const PlanOverrides& overrides) {
  const Index p = facts.processes;
  if (overrides.groups && (*overrides.groups < 1 || p % *overrides.groups != 0)) {
    does_not_fit("--groups " + std::to_string(*overrides.groups), p);
  }
  if (overrides.grid) {
    const GridShape grid = *overrides.grid;
    const bool positive = grid.rows >= 1 && grid.columns >= 1;
    if (!positive || p % grid.processes() != 0 ||
        (overrides.groups && *overrides.groups * grid.processes() != p)) {
      const std::string groups =
          overrides.groups ? " with --groups " + std::to_string(*overrides.groups) : "";
      does_not_fit("--grid " + text(grid) + groups, p);
    }
  }
  if (overrides.batch && *overrides.batch < 1) {
    throw Error(ErrorKind::usage, "--batch must be at least 1");
  }
}

std::vector<Index> divisors(Index number) {
  std::vector<Index> found;
  for (Index d = 1; d * d <= number; ++d) {
    if (number % d != 0) continue;
    found.push_back(d);
    if (d != number / d) found.push_back(number / d);
  }
  std::ranges::sort(found);
  return found;
}

Index choose_batch(const JobFacts& facts, const PlanOverrides& overrides, Index groups,
                   GridShape grid) {
  if (facts.one_restart_a_batch) return 1;
  const Index most = std::max<Index>(1, restarts_per_group(facts, groups));
  if (overrides.batch) return std::min(*overrides.batch, most);
  const bool waits_for_messages =
      message_seconds(grid.processes()) > kLatencyShare * pass_seconds(facts, grid);
  if (facts.sparse && !waits_for_messages) return 1;
  return std::clamp<Index>(kWidestStack / facts.components, 1, most);
}

struct Candidate {
  JobPlan plan;
  double seconds = 0;
};

Candidate evaluate(const JobFacts& facts, const PlanOverrides& overrides, Index groups,
                   GridShape grid) {
  Candidate candidate;
  candidate.plan = {.groups = groups,
                    .grid = grid,
                    .batch = choose_batch(facts, overrides, groups, grid),
                    .restarts = facts.restarts,
                    .shares_X = can_share(facts, groups, grid)};
  candidate.plan.bytes_per_process =
      bytes_per_process(facts, groups, grid, candidate.plan.batch, candidate.plan.shares_X);
  candidate.plan.bytes_of_results = bytes_of_results(facts, groups);
  candidate.plan.words_per_pass = words_per_pass(facts, grid);
  candidate.seconds =
      static_cast<double>(restarts_per_group(facts, groups)) * pass_seconds(facts, grid);
  return candidate;
}

/// Fits memory first, then fast, then small.
bool better(const JobFacts& facts, const Candidate& a, const Candidate& b) {
  const auto fits = [&](const Candidate& c) {
    return facts.available_bytes <= 0 || c.plan.bytes_per_process <= facts.available_bytes;
  };
  if (fits(a) != fits(b)) return fits(a);
  if (!fits(a)) return a.plan.bytes_per_process < b.plan.bytes_per_process;
  if (a.seconds != b.seconds) return a.seconds < b.seconds;
  return a.plan.bytes_per_process < b.plan.bytes_per_process;
}

}  // namespace

Range JobPlan::restarts_of(Index group) const {
  return BlockDistribution(restarts, groups).range(group);
}

Index JobPlan::active_groups() const {
  return std::min(groups, restarts);
}

double words_per_pass(const JobFacts& facts, GridShape grid) {
  const auto k = static_cast<double>(facts.components);
  const auto pr = static_cast<double>(grid.rows);
  const auto pc = static_cast<double>(grid.columns);
  const auto n = static_cast<double>(facts.rows);
  const auto m = static_cast<double>(facts.columns);
  return 2 * k * (n / pr * (1 - 1 / pc) + m / pc * (1 - 1 / pr)) + 4 * k * k * (1 - 1 / (pr * pc));
}

Index sketch_rank(const JobFacts& facts) {
  // Halko, Martinsson & Tropp 2011 need ten more than the rank; twice the rank keeps what a
  // non-negative fit sees beyond it.
  return std::min({2 * facts.components + 10, facts.rows, facts.columns});
}

bool sketch_pays(const JobFacts& facts) {
  const auto stored = static_cast<double>(facts.stored);
  if (facts.sparse || stored < kSmallestSketched) return false;
  const auto k = static_cast<double>(facts.components);
  const auto extents = static_cast<double>(facts.rows + facts.columns);
  const auto rank = static_cast<double>(sketch_rank(facts));
  const auto restarts = static_cast<double>(facts.restarts);
  const double update = kUpdateWork * k * k * extents;
  const double pass = 4 * stored * k + update;
  const double compressed_pass = 4 * extents * rank * k + update;
  const double whole = restarts * kPassesOfRun * pass;
  const double sketched = 2 * kSketchProducts * stored * rank +
                          restarts * (kPassesOfRun * compressed_pass + kPassesOfPolish * pass);
  return whole >= kLeastGain * sketched;
}

SubsampleSize subsample_size(const JobFacts& facts) {
  const double smallest = facts.sparse ? kSmallestSparseSubsampled : kSmallestSketched;
  if (static_cast<double>(facts.stored) < smallest) return {};
  const auto [shorter, longer] = std::minmax(facts.rows, facts.columns);
  if (!facts.sparse) {
    const Index lines = kSubsampledLines * facts.components;
    return {.lines = longer >= kSubsampleShare * lines ? lines : 0};
  }
  const Index lines = std::max(kFewestSparseLines, kSparseSubsampledLines * facts.components);
  const Index across = lines / kLinesPerAcross;
  if (longer < kSparseSubsampleShare * lines) return {};
  return {.lines = lines, .across = shorter >= kAcrossShare * across ? across : 0};
}

JobPlan make_plan(const JobFacts& facts, const PlanOverrides& overrides) {
  check_overrides(facts, overrides);
  std::vector<Candidate> candidates;
  for (const Index groups : divisors(facts.processes)) {
    if (overrides.groups && groups != *overrides.groups) continue;
    // A race ends with a few restarts, wherever they are: most of several groups would have none.
    if (facts.restarts_wait && !overrides.groups && groups > 1) continue;
    const Index size = facts.processes / groups;
    for (const Index grid_rows : divisors(size)) {
      const GridShape grid{grid_rows, size / grid_rows};
      if (overrides.grid && grid != *overrides.grid) continue;
      candidates.push_back(evaluate(facts, overrides, groups, grid));
    }
  }
  return std::ranges::min_element(
             candidates,
             [&](const Candidate& a, const Candidate& b) { return better(facts, a, b); })
      ->plan;
}

}  // namespace partita
