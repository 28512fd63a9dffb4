#include "select/measure/masked_fits.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <limits>
#include <span>
#include <string>
#include <utility>

#include "comm/collectives.hpp"
#include "data/kernels/reductions.hpp"

namespace partita {

template <class Real>
const typename MaskedFits<Real>::Mask& MaskedFits<Real>::mask(Index number) {
  const auto known = masks_.find(number);
  if (known != masks_.end()) return known->second;
  return masks_.emplace(number, make_mask(number)).first->second;
}

template <class Real>
typename MaskedFits<Real>::Mask MaskedFits<Real>::make_mask(Index number) const {
  const HeldOutShare share = part_of_entries(options_.share, number, options_.fit.seed);
  Mask mask{.held_out = hold_out(X_, share),
            .most_of_row = {},
            .most_of_column = std::vector<double>(static_cast<std::size_t>(X_.columns()), 0.0)};
  const EntryRows<Real>& places = *mask.held_out.entries;
  std::vector<Real> row(static_cast<std::size_t>(X_.columns()));
  for (Index i = 0; i < places.rows(); ++i) {
    X_.entries().copy_row(i, row);
    for (const std::int32_t column : row_of(places, i).columns) {
      row[static_cast<std::size_t>(column)] = Real{0};
    }
    double most = 0;
    for (std::size_t j = 0; j < row.size(); ++j) {
      const auto value = static_cast<double>(row[j]);
      most = std::max(most, value);
      mask.most_of_column[j] = std::max(mask.most_of_column[j], value);
    }
    mask.most_of_row.push_back(most);
  }
  const Communicator& all = X_.grid().all();
  max_over(all, std::span<double>(mask.most_of_column));
  mask.count =
      static_cast<double>(sum_over(all, static_cast<Index>(places.entries.columns.size())));
  if (mask.count == 0) {
    throw Error(ErrorKind::bad_data, "a mask holds out none of the " + std::to_string(X_.rows()) +
                                         " x " + std::to_string(X_.columns()) +
                                         " entries: the matrix is too small for --hold-out " +
                                         std::to_string(options_.share));
  }
  return mask;
}

template <class Real>
FitMeasures MaskedFits<Real>::measure(Index components, Index mask_number, const RunHooks& hooks) {
  const Mask& chosen = mask(mask_number);
  // Where the mask holds out all there is, the rest says 0: its norm is rounding of the whole one.
  constexpr double kRounding = 64 * std::numeric_limits<double>::epsilon();
  if (chosen.held_out.rest.squared_norm() <= kRounding * X_.squared_norm()) {
    const Communicator& all = X_.grid().all();
    const double squares = weighted_squared_norm(*chosen.held_out.entries);
    return {.held_out = sum_over(all, squares) / chosen.count, .training = 0};
  }
  FactorizeOptions options = options_.fit;
  options.components = components;
  options.weighted = true;
  options.entry_rule = EntryRuleKind::gram;  // what is held out comes off it
  options.restarts = 1;
  options.first_restart = mask_number;
  const Factorization found = fit_in_group(chosen.held_out.rest, options, hooks);
  return {.held_out = error_of(chosen, found.factors), .training = found.best.relative_error};
}

/// Mean squared error of what is held out, as X is held. Collective.
template <class Real>
double MaskedFits<Real>::error_of(const Mask& mask, const Factors& factors) const {
  const FactorPair<Real> mine = factors_in_unit(X_, factors);
  TallMatrix<Real> space;
  const TallMatrix<Real>& S = X_.gather_S(mine.S, space);
  const Index k = S.width();
  double sum = 0;
  for (Index i = 0; i < mine.A.rows(); ++i) {
    const EntryRow<Real> row = row_of(*mask.held_out.entries, i);
    for (std::size_t e = 0; e < row.size(); ++e) {
      const auto column = static_cast<std::size_t>(row.columns[e]);
      const double most =
          std::max(mask.most_of_row[static_cast<std::size_t>(i)], mask.most_of_column[column]);
      const double model =
          std::min(most, kernels::dot(mine.A.row(i), S.row(row.columns[e]), 1, k, k, k));
      const double error = static_cast<double>(row.values[e]) - model;
      sum += error * error;
    }
  }
  return sum_over(X_.grid().all(), sum) / mask.count;
}

template class MaskedFits<double>;
template class MaskedFits<float>;

}  // namespace partita
