#include "partita/factorize/race.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace partita {

namespace {

// Of schedules with one price, this one lost the best restart least often on Fashion-MNIST.
constexpr double kFirstEnd = 2;
constexpr double kGrowth = 2.3;
/// Two restarts run to their ends, so that one that slows down late does not decide alone.
constexpr Index kFewest = 2;

}  // namespace

std::vector<RaceStage> race_stages(Index restarts) {
  std::vector<RaceStage> stages;
  Index begin = 0;
  for (double end = kFirstEnd; restarts > kFewest; end *= kGrowth) {
    restarts = std::max(kFewest, (restarts + 1) / 2);
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
