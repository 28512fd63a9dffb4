#include "select/bootstrap/intervals.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace partita {

double quantile(std::span<const double> sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(place));
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - std::floor(place)) * (sorted[above] - sorted[below]);
}

Intervals intervals_of(std::span<const TallMatrix<double>> replicates, double level) {
  if (!(level > 0 && level < 1)) {
    throw Error(ErrorKind::usage, "the level of an interval is to be between 0 and 1");
  }
  const auto differs = [&](const TallMatrix<double>& one) {
    return one.rows() != replicates.front().rows() || one.width() != replicates.front().width();
  };
  if (replicates.empty() || std::ranges::any_of(replicates, differs)) {
    throw Error(ErrorKind::internal, "intervals need replicates of equal shape");
  }
  const Index rows = replicates.front().rows();
  const Index width = replicates.front().width();
  Intervals intervals{TallMatrix<double>(rows, width), TallMatrix<double>(rows, width)};
  std::vector<double> values(replicates.size());
  for (Index e = 0; e < rows * width; ++e) {
    for (std::size_t b = 0; b < values.size(); ++b) values[b] = replicates[b].data()[e];
    std::ranges::sort(values);
    intervals.lower.data()[e] = quantile(values, (1 - level) / 2);
    intervals.upper.data()[e] = quantile(values, (1 + level) / 2);
  }
  return intervals;
}

}  // namespace partita
