#include "select/bootstrap/resampling.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <cmath>

#include "select/bootstrap/draws.hpp"

namespace partita {

ResampledCounts::ResampledCounts(std::uint64_t seed, Index replicate)
    : random_(seed, Purpose::resample, replicate) {}

double ResampledCounts::poisson(GlobalIndex row, GlobalIndex column, double value) const {
  return value > 0 ? poisson_draw(value, random_.uniform(row.value, column.value)) : 0;
}

void ResampledCounts::multinomial(GlobalIndex row, std::span<const GlobalIndex> columns,
                                  std::span<double> values) const {
  double sum = 0;
  for (const double value : values) {
    if (!(value >= 0) || std::floor(value) != value) {
      throw Error(ErrorKind::internal, "a row of counts is drawn anew that has other numbers");
    }
    sum += value;
  }
  double left = sum;  // counts that are yet to be given to a column
  for (std::size_t e = 0; e < values.size(); ++e) {
    // Of what is in this column and those after it: at the last one that has any it is all.
    const double share = sum > 0 ? std::min(1.0, values[e] / sum) : 0;
    sum -= values[e];
    values[e] = binomial_draw(left, share, random_.uniform(row.value, columns[e].value));
    left -= values[e];
  }
}

std::vector<GlobalIndex> resampled_rows(std::uint64_t seed, Index replicate, Index n, Range rows) {
  // Counts and rows are drawn by the same purpose, as no replicate draws both.
  const RandomField random(seed, Purpose::resample, replicate);
  std::vector<GlobalIndex> drawn;
  drawn.reserve(static_cast<std::size_t>(std::max<Index>(0, rows.size())));
  for (Index row = rows.begin; row < rows.end; ++row) {
    drawn.push_back(GlobalIndex{random.index(row, 0, n)});
  }
  return drawn;
}

}  // namespace partita
