#include <algorithm>

#include "init/starts.hpp"

namespace partita {

namespace {

/// Lines of X averaged into one component.
constexpr Index kLinesPerComponent = 5;

/// Selector of `drawn` lines a component: entry (line, j) is the weight of a line in component j.
template <class Real>
TallMatrix<Real> selector(const RandomField& field, Range mine, Index extent, Index k) {
  TallMatrix<Real> chosen(mine.size(), k);
  for (Index j = 0; j < k; ++j) {
    for (Index draw = 0; draw < kLinesPerComponent; ++draw) {
      const Index line = field.index(j, draw, extent);
      if (mine.contains(line)) {
        chosen(line - mine.begin, j) += Real{1} / static_cast<Real>(kLinesPerComponent);
      }
    }
  }
  return chosen;
}

}  // namespace

template <class Real>
TallMatrix<Real> uniform_factor(const RandomField& field, Range rows, Index k) {
  TallMatrix<Real> factor(rows.size(), k);
  for (Index i = 0; i < rows.size(); ++i) {
    for (Index j = 0; j < k; ++j) {
      factor(i, j) = static_cast<Real>(field.uniform(rows.begin + i, j));
    }
  }
  return factor;
}

template <class Real>
FactorPair<Real> start_from_columns(const LinearMap<Real>& X, Index all_rows, Index all_columns,
                                    Index k, std::uint64_t seed, Index restart) {
  const RandomField columns(seed, Purpose::start_columns, restart);
  const RandomField rows(seed, Purpose::start_rows, restart);
  return {X.times(selector<Real>(columns, X.columns, all_columns, k)),
          X.transposed_times(selector<Real>(rows, X.rows, all_rows, k))};
}

#define PARTITA_INSTANTIATE(Real)                                                           \
  template TallMatrix<Real> uniform_factor(const RandomField&, Range, Index);               \
  template FactorPair<Real> start_from_columns(const LinearMap<Real>&, Index, Index, Index, \
                                               std::uint64_t, Index);
PARTITA_INSTANTIATE(double)
PARTITA_INSTANTIATE(float)
#undef PARTITA_INSTANTIATE

}  // namespace partita
