#include "select/measure/data_facts.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>

#include "comm/agreement.hpp"
#include "comm/collectives.hpp"

namespace partita {

template <class Real>
DataFacts data_facts(const DistributedMatrix<Real>& X) {
  double sum = 0;
  double count = 0;
  // The largest of entries, of their negatives, and of whether one is not whole.
  constexpr double kAllAreWhole = 0x1p53;
  constexpr double kNone = -std::numeric_limits<double>::infinity();
  std::array<double, 3> most = {kNone, kNone, 0};
  const auto take = [&](double value) {
    most[0] = std::max(most[0], value);
    most[1] = std::max(most[1], -value);
    if (value != std::round(value) || value >= kAllAreWhole) most[2] = 1;
    sum += value;
  };
  together(X.grid().all(), [&] {
    X.entries().visit({0, X.block_rows().size()}, [&](std::span<const LocalEntry<Real>> entries) {
      for (const LocalEntry<Real>& entry : entries) {
        take(std::ldexp(static_cast<double>(entry.value), 2 * X.unit()));
      }
      count += static_cast<double>(entries.size());
    });
  });
  const double cells =
      static_cast<double>(X.block_rows().size()) * static_cast<double>(X.block_columns().size());
  if (count < cells) take(0);
  const Communicator& all = X.grid().all();
  max_over(all, std::span<double>(most));
  const double total = static_cast<double>(X.rows()) * static_cast<double>(X.columns());
  return {.least = -most[1],
          .most = most[0],
          .mean = sum_over(all, sum) / total,
          .all_whole = most[2] == 0,
          .unit = X.unit(),
          .mean_square = X.squared_norm() / total};
}

template DataFacts data_facts(const DistributedMatrix<double>&);
template DataFacts data_facts(const DistributedMatrix<float>&);

}  // namespace partita
