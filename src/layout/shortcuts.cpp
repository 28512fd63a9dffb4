#include "layout/shortcuts.hpp"

#include <algorithm>

namespace partita {

namespace {

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

}  // namespace

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

}  // namespace partita
