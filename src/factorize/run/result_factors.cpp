#include "factorize/run/result_factors.hpp"

#include "partita/base/side.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "factorize/objective/entry_objective.hpp"

namespace partita {

namespace {

/// Columns of W from `first` on, in double: those of components 2^unit times as large, those of
/// biases 4^unit, ones as they are.
template <class Real>
TallMatrix<double> columns_of(const TallMatrix<Real>& W, Index first, Index count,
                              const EntryPenalty& penalty, int unit) {
  TallMatrix<double> taken(W.rows(), count);
  for (Index l = 0; l < count; ++l) {
    const Index column = first + l;
    int exponent = unit;
    if (penalty.bias && column == penalty.bias->own) exponent = 2 * unit;
    if (penalty.bias && column == penalty.bias->one) exponent = 0;
    for (Index i = 0; i < W.rows(); ++i) {
      taken(i, l) = std::ldexp(static_cast<double>(W(i, column)), exponent);
    }
  }
  return taken;
}

/// Puts W into a stack at its place.
void put(const TallMatrix<double>& W, Index place, TallMatrix<double>& stack) {
  for (Index i = 0; i < W.rows(); ++i) {
    std::copy_n(W.row(i), W.width(), stack.row(i) + place * W.width());
  }
}

}  // namespace

template <class Real>
Factors result_factors(const GroupResult<Real>& group, const FactorizeOptions& options,
                       const DistributedMatrix<Real>& X) {
  const EntryPenalty of_A = entry_penalty(options, Side::A);
  const EntryPenalty of_S = entry_penalty(options, Side::S);
  const Index k = options.components;
  const int unit = X.unit();
  const FactorPair<Real> best = group.best->factors();
  Factors factors{.A = columns_of(best.A, 0, k, of_A, unit),
                  .S = columns_of(best.S, 0, k, of_S, unit),
                  .rows = X.factor_rows(),
                  .columns = X.factor_columns()};
  if (options.bias) {
    factors.row_bias = columns_of(best.A, of_A.bias->own, 1, of_A, unit);
    factors.column_bias = columns_of(best.S, of_S.bias->own, 1, of_S, unit);
  }
  if (group.averaged.empty()) return factors;
  std::vector<const KeptOutcome<Real>*> all;
  for (const KeptOutcome<Real>& outcome : group.averaged) all.push_back(&outcome);
  std::ranges::sort(all, {}, [](const auto* outcome) { return outcome->result.restart; });
  const Index width = factor_width(options);
  const auto count = static_cast<Index>(all.size());
  factors.stack_A.reshape(factors.rows.size(), count * width);
  factors.stack_S.reshape(factors.columns.size(), count * width);
  for (Index r = 0; r < count; ++r) {
    const FactorPair<Real> pair = all[static_cast<std::size_t>(r)]->factors();
    put(columns_of(pair.A, 0, width, of_A, unit), r, factors.stack_A);
    put(columns_of(pair.S, 0, width, of_S, unit), r, factors.stack_S);
  }
  return factors;
}

template Factors result_factors(const GroupResult<double>&, const FactorizeOptions&,
                                const DistributedMatrix<double>&);
template Factors result_factors(const GroupResult<float>&, const FactorizeOptions&,
                                const DistributedMatrix<float>&);

}  // namespace partita
