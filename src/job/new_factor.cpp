#include "job/new_factor.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "base/unit.hpp"
#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "data/blocks/gram.hpp"
#include "factorize/matrix/entries_of.hpp"
#include "update/panel_rule.hpp"
#include "update/rules.hpp"

namespace partita {

namespace {

double largest_in(const TallMatrix<double>& values) {
  double largest = 0;
  for (const double value : values.values()) largest = std::max(largest, std::abs(value));
  return largest;
}

/// Multiplies the components by a power of two, the biases by another; ones stay.
void scale_columns(TallMatrix<double>& W, const EntryPenalty& penalty, Index bias_column,
                   int of_components, int of_bias) {
  const Index k = penalty.components(W.width());
  for (Index i = 0; i < W.rows(); ++i) {
    double* const w = W.row(i);
    for (Index l = 0; l < k; ++l) w[l] = std::ldexp(w[l], of_components);
    if (penalty.bias) w[bias_column] = std::ldexp(w[bias_column], of_bias);
  }
}

/// The power of two that brings the largest component to about 1, so that its squares neither
/// vanish nor overflow. Biases are brought to the unit of X.
int bring_to_one(FixedFactor& fixed, const EntryPenalty& penalty, int unit) {
  const double largest = std::max(largest_in(fixed.met), largest_in(fixed.absent));
  const bool scales = largest > 0 && std::isfinite(largest) && !penalty.bias;
  const int exponent = penalty.bias ? unit : scales ? std::ilogb(largest) : 0;
  for (TallMatrix<double>* W : {&fixed.met, &fixed.absent}) {
    // The fixed biases go with the new factor's ones.
    scale_columns(*W, penalty, penalty.bias ? penalty.bias->one : 0, -exponent, -2 * unit);
  }
  return exponent;
}

/// The penalty of values that are 4^-unit 2^exponent times the new factor's.
EntryPenalty scaled(EntryPenalty penalty, int unit, int exponent) {
  penalty.plain = {std::ldexp(penalty.plain.l1, -2 * unit - exponent),
                   std::ldexp(penalty.plain.l2, -2 * exponent)};
  penalty.pull = std::ldexp(penalty.pull, -2 * exponent);
  penalty.centre = std::ldexp(penalty.centre, exponent - 2 * unit);
  return penalty;
}

/// My rows of X Sᵀ, or of XᵀA. Collective over X.grid().all().
TallMatrix<double> product(const DistributedMatrix<double>& X, Side side,
                           const TallMatrix<double>& met) {
  TallMatrix<double> mine;
  if (side == Side::A) {
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

/// Fills W, and returns the squared residual of my rows. Every entry counts alike.
double solve_from_products(const DistributedMatrix<double>& X, Side side, const FixedFactor& fixed,
                           const TallMatrix<double>& right, const RowRule<double>& rule,
                           TallMatrix<double>& W) {
  GramMatrix G = gram_of(whole(fixed.met));
  const GramMatrix absent = gram_of(whole(fixed.absent));
  if (fixed.absent.rows() > 0) G += absent;
  rule.update({W.data(), W.rows(), W.width(), W.width()}, whole(right), G);
  const double residual = side == Side::A ? X.block().residual_squared(whole(W), whole(fixed.met))
                                          : X.block().residual_squared(whole(fixed.met), whole(W));
  return residual + (fixed.absent.rows() > 0 ? squared_where_absent(W, absent) : 0.0);
}

/// Stored entries of a block as rows of the transposed block, which has so many.
EntryRows<double> transposed(const EntryRows<double>& of_rows, Index columns) {
  EntryRows<double> rows;
  RowEntries<double>& to = rows.entries;
  const RowEntries<double>& from = of_rows.entries;
  to.begin.assign(static_cast<std::size_t>(columns) + 1, 0);
  for (const std::int32_t column : from.columns) ++to.begin[static_cast<std::size_t>(column) + 1];
  std::partial_sum(to.begin.begin(), to.begin.end(), to.begin.begin());
  to.columns.resize(from.columns.size());
  to.values.resize(from.values.size());
  rows.weights.resize(of_rows.weights.size());
  std::vector<Index> next(to.begin.begin(), to.begin.end() - 1);
  for (Index i = 0; i < of_rows.rows(); ++i) {
    for (Index e = from.begin[static_cast<std::size_t>(i)];
         e < from.begin[static_cast<std::size_t>(i) + 1]; ++e) {
      const auto column = static_cast<std::size_t>(from.columns[static_cast<std::size_t>(e)]);
      const auto at = static_cast<std::size_t>(next[column]++);
      to.columns[at] = static_cast<std::int32_t>(i);
      to.values[at] = from.values[static_cast<std::size_t>(e)];
      if (!rows.weights.empty()) rows.weights[at] = of_rows.weights[static_cast<std::size_t>(e)];
    }
  }
  return rows;
}

/// The same where entries do not all count alike: every row has equations of its own.
/// @param entries  rows of X, or of Xᵀ.
double solve_from_entries(const EntryRows<double>& entries, const FixedFactor& fixed,
                          double unstored, std::unique_ptr<RowRule<double>> rule,
                          const EntryPenalty& penalty, TallMatrix<double>& W) {
  // What X lacks is not stored in any row.
  TallMatrix<double> H(fixed.met.rows() + fixed.absent.rows(), fixed.met.width());
  std::ranges::copy(fixed.met.values(), H.values().begin());
  std::ranges::copy(fixed.absent.values(), H.values().begin() + fixed.met.size());
  const GramMatrix G = gram_of(whole(H));
  const EntryPanel<double> panel{entries, {0, W.rows()}, unstored};
  for (Index i = 0; penalty.bias && i < W.rows(); ++i) W(i, penalty.bias->one) = 1;
  make_row_gram_rule<double>(std::move(rule), penalty)
      ->update({W.data(), W.rows(), W.width(), W.width()}, panel, whole(H), G);
  return entry_loss<double>(whole(W), panel, whole(H), G);
}

}  // namespace

NewFactor solve_new_factor(const DistributedMatrix<double>& X, Side side, FixedFactor& fixed,
                           const NewFactorRules& rules, const Block<double>* weights) {
  const Communicator& all = X.grid().all();
  if (X.squared_norm() == 0) {
    throw Error(ErrorKind::bad_data, "all entries are zero");
  }
  const int exponent = bring_to_one(fixed, rules.penalty, X.unit());
  const Range range = side == Side::A ? X.factor_rows() : X.factor_columns();
  NewFactor result{TallMatrix<double>(range.size(), fixed.met.width()), range, 0};
  TallMatrix<double>& W = result.values;
  const EntryPenalty penalty = scaled(rules.penalty, X.unit(), exponent);
  auto rule = rules.nonnegative ? make_bpp_rule<double>(penalty.plain)
                                : make_least_squares_rule<double>(penalty.plain);
  double residual = 0;
  double norm = X.squared_norm();
  const bool all_alike = rules.unstored == 1 && weights == nullptr;
  if (all_alike && penalty.pull == 0 && !penalty.bias) {
    const TallMatrix<double> right = product(X, side, fixed.met);
    together(all, [&] { residual = solve_from_products(X, side, fixed, right, *rule, W); });
  } else {
    together(all, [&] {
      EntryRows<double> entries = entries_of(X.block(), weights);
      if (side == Side::S) entries = transposed(entries, X.block().columns());
      norm = weighted_squared_norm(entries);
      const double mean = std::ldexp(rules.mean, -2 * X.unit());
      for (double& value : entries.entries.values) value -= mean;
      residual = solve_from_entries(entries, fixed, rules.unstored, std::move(rule), penalty, W);
    });
    norm = sum_over(all, norm);
    if (norm == 0) {
      throw Error(ErrorKind::bad_data,
                  rules.matrix + ": all entries are zero, missing or of weight 0");
    }
  }
  result.relative_error = std::sqrt(sum_over(all, residual) / norm);
  scale_columns(W, penalty, penalty.bias ? penalty.bias->own : 0, 2 * X.unit() - exponent,
                2 * X.unit());
  return result;
}

}  // namespace partita
