#include "job/new_factor.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <cmath>

#include "base/unit.hpp"
#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "data/blocks/gram.hpp"
#include "update/rules.hpp"

namespace partita {

namespace {

double largest_in(const TallMatrix<double>& values) {
  double largest = 0;
  for (const double value : values.values()) largest = std::max(largest, std::abs(value));
  return largest;
}

/// The power of two that brings the largest entry to about 1, so that its squares neither vanish
/// nor overflow.
int bring_to_one(FixedFactor& fixed) {
  const double largest = std::max(largest_in(fixed.met), largest_in(fixed.absent));
  const int exponent = largest > 0 && std::isfinite(largest) ? std::ilogb(largest) : 0;
  multiply_by_power_of_two(fixed.met.values(), -exponent);
  multiply_by_power_of_two(fixed.absent.values(), -exponent);
  return exponent;
}

/// The penalty of values that are 4^-unit 2^exponent times the new factor's.
FactorPenalty scaled(FactorPenalty penalty, int unit, int exponent) {
  return {std::ldexp(penalty.l1, -2 * unit - exponent), std::ldexp(penalty.l2, -2 * exponent)};
}

/// My rows of X Sᵀ, or of XᵀA. Collective over X.grid().all().
TallMatrix<double> product(const DistributedMatrix<double>& X, FactorSide side,
                           const TallMatrix<double>& met) {
  TallMatrix<double> mine;
  if (side == FactorSide::A) {
    TallMatrix<double> space;
    X.times(met, mine, space);
  } else {
    PanelSum<double> space;
    X.transposed_times(met, mine, space);
  }
  return mine;
}

/// What the lines that X lacks add to the squared residual of my rows.
double squared_where_absent(const TallMatrix<double>& values, const GramMatrix& absent) {
  double sum = 0;
  for (Index i = 0; i < values.rows(); ++i) {
    const double* w = values.row(i);
    for (Index a = 0; a < values.width(); ++a) {
      for (Index b = 0; b < values.width(); ++b) sum += w[a] * absent(a, b) * w[b];
    }
  }
  return sum;
}

}  // namespace

NewFactor solve_new_factor(const DistributedMatrix<double>& X, FactorSide side, FixedFactor& fixed,
                           FactorPenalty penalty, bool nonnegative) {
  const Communicator& all = X.grid().all();
  if (X.squared_norm() == 0) {
    throw Error(ErrorKind::bad_data, "all entries are zero");
  }
  const int exponent = bring_to_one(fixed);
  const TallMatrix<double> right = product(X, side, fixed.met);
  NewFactor result{TallMatrix<double>(right.rows(), fixed.met.width()),
                   side == FactorSide::A ? X.factor_rows() : X.factor_columns(), 0};
  TallMatrix<double>& W = result.values;
  double residual = 0;
  together(all, [&] {
    const GramMatrix absent = gram_of(whole(fixed.absent));
    GramMatrix G = gram_of(whole(fixed.met));
    if (fixed.absent.rows() > 0) G += absent;
    const FactorPenalty its = scaled(penalty, X.unit(), exponent);
    const auto rule =
        nonnegative ? make_bpp_rule<double>(its) : make_least_squares_rule<double>(its);
    rule->update({W.data(), W.rows(), W.width(), W.width()}, whole(right), G);
    residual = side == FactorSide::A ? X.block().residual_squared(whole(W), whole(fixed.met))
                                     : X.block().residual_squared(whole(fixed.met), whole(W));
    if (fixed.absent.rows() > 0) residual += squared_where_absent(W, absent);
  });
  result.relative_error = std::sqrt(sum_over(all, residual) / X.squared_norm());
  multiply_by_power_of_two(W.values(), 2 * X.unit() - exponent);
  return result;
}

}  // namespace partita
