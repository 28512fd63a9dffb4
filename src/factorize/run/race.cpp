#include "factorize/run/race.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace partita {

namespace {

// Races replayed on the traces of 64 to 256 restarts each of Fashion-MNIST, films, genes and
// package descriptions: a quarter after two iterations loses no more than half after two and half
// of those after four, at nine tenths of the price for 32 restarts.
constexpr double kFirstEnd = 2;
constexpr double kGrowth = 2.3;
constexpr Index kFirstDivisor = 4;
constexpr Index kLaterDivisor = 2;

/// Restarts that run to their ends: two, so that one that slows down late does not decide alone,
/// and up to four of many, as ranks still change at the last stages (Fashion-MNIST, 16 races of 32:
/// two came within 2e-4 of the best of all in 11, four in 13).
Index finishers(Index restarts) {
  constexpr Index kFewest = 2;
  constexpr Index kMost = 4;
  constexpr Index kShare = 8;
  return std::clamp(restarts / kShare, kFewest, kMost);
}

}  // namespace

std::vector<RaceStage> race_stages(Index restarts) {
  std::vector<RaceStage> stages;
  const Index fewest = finishers(restarts);
  Index begin = 0;
  for (double end = kFirstEnd; restarts > fewest; end *= kGrowth) {
    const Index divisor = stages.empty() ? kFirstDivisor : kLaterDivisor;
    restarts = std::max(fewest, (restarts + divisor - 1) / divisor);
    stages.push_back({begin, static_cast<Index>(end), restarts});
    begin = stages.back().end;
  }
  return stages;
}

std::vector<Index> race_losers(std::span<const double> errors, Index survivors) {
  std::vector<Index> order;
  for (std::size_t i = 0; i < errors.size(); ++i) {
    if (!std::isinf(errors[i])) order.push_back(static_cast<Index>(i));
  }
  std::ranges::stable_sort(order, {}, [&](Index i) {
    const double error = errors[static_cast<std::size_t>(i)];
    return std::isnan(error) ? std::numeric_limits<double>::max() : error;
  });
  const auto kept = std::min(static_cast<std::size_t>(survivors), order.size());
  std::vector<Index> losers(order.begin() + static_cast<Index>(kept), order.end());
  std::ranges::sort(losers);
  return losers;
}

}  // namespace partita
