#include "select/measure/quarter_fits.hpp"

#include "partita/base/side.hpp"

#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "comm/agreement.hpp"
#include "data/blocks/panel_sum.hpp"
#include "factorize/matrix/gram_over.hpp"
#include "factorize/matrix/submatrix.hpp"
#include "update/rules.hpp"

namespace partita {

namespace {

/// One line of every two neighbours, drawn, or all the others; of an odd number the first half has
/// the last. Neighbours are alike in many files.
ChosenLines half_of(Index lines, Index half, const RandomField& field, Index place) {
  std::vector<Index> chosen;
  for (Index first = 0; first < lines; first += 2) {
    const Index drawn = first + 1 == lines ? 0 : field.index(first / 2, place, 2);
    const Index line = half == 0 ? first + drawn : first + 1 - drawn;
    if (line < lines) chosen.push_back(line);
  }
  return {std::move(chosen), 0.5};
}

/// The rows W >= 0 of the one factor that suit X best, given the other. Mine of both.
/// Collective over X.grid().all().
template <class Real>
TallMatrix<Real> fitted(const DistributedMatrix<Real>& X, Side side, const TallMatrix<Real>& other,
                        const RowRule<Real>& rule) {
  TallMatrix<Real> products;
  TallMatrix<Real> gathered;
  if (side == Side::A) {
    TallMatrix<Real> space;
    X.times(X.gather_S(other, gathered), products, space);
  } else {
    PanelSum<Real> space;
    X.transposed_times(X.gather_A(other, gathered), products, space);
  }
  const GramMatrix G = gram_over(X.grid().all(), other);
  TallMatrix<Real> W(products.rows(), products.width());
  together(X.grid().all(), [&] {
    rule.update({W.data(), W.rows(), W.width(), W.width()}, whole(products), G);
  });
  return W;
}

}  // namespace

template <class Real>
void QuarterFits<Real>::cut() {
  if (quarters_.front()) return;
  const RandomField field(options_.fit.seed, Purpose::hold_out, 0);
  for (Index row_half = 0; row_half < 2; ++row_half) {
    for (Index column_half = 0; column_half < 2; ++column_half) {
      const ChosenLines rows = half_of(X_.rows(), row_half, field, 0);
      const ChosenLines columns = half_of(X_.columns(), column_half, field, 1);
      DistributedMatrix<Real> cut = submatrix(X_, rows, columns);
      quarters_[static_cast<std::size_t>(2 * row_half + column_half)].emplace(std::move(cut));
    }
  }
}

template <class Real>
FitMeasures QuarterFits<Real>::measure(Index components, Index fold, const RunHooks& hooks) {
  cut();
  const Index row_half = fold / 2;
  const Index column_half = fold % 2;
  const DistributedMatrix<Real>& seen = quarter(1 - row_half, 1 - column_half);
  const DistributedMatrix<Real>& judged = quarter(row_half, column_half);
  FactorizeOptions options = options_.fit;
  options.components = components;
  options.restarts = 1;
  options.first_restart = fold;
  // Where a quarter is all zero, so is what it predicts.
  const double count = static_cast<double>(judged.rows()) * static_cast<double>(judged.columns());
  if (seen.squared_norm() == 0) {
    return {.held_out = judged.squared_norm() / count, .training = 0};
  }
  const Factorization found = fit_in_group(seen, options, hooks);
  const FactorPair<Real> of_seen = factors_in_unit(seen, found.factors);
  const auto rule = options_.fit.constraint == Constraint::none ? make_least_squares_rule<Real>({})
                                                                : make_bpp_rule<Real>({});
  const TallMatrix<Real> A = fitted(quarter(row_half, 1 - column_half), Side::A, of_seen.S, *rule);
  const TallMatrix<Real> S = fitted(quarter(1 - row_half, column_half), Side::S, of_seen.A, *rule);
  return {.held_out = judged.residual_squared(A, S) / count, .training = found.best.relative_error};
}

template class QuarterFits<double>;
template class QuarterFits<float>;

}  // namespace partita
