#include "factorize/start/entry_start.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "comm/collectives.hpp"
#include "factorize/matrix/gram_over.hpp"
#include "factorize/objective/entry_objective.hpp"
#include "factorize/solve/held_components.hpp"
#include "factorize/solve/normalize.hpp"
#include "update/panel_rule.hpp"

namespace partita {

namespace {

/// Rounds in which row and column biases are fitted in turn.
constexpr int kBiasRounds = 3;

/// Σ_stored w x (a·s) and Σ_stored w (a·s)², and Σ_stored (a·s)², of my rows.
template <class Real>
std::array<double, 3> moments(const DistributedMatrix<Real>& X, const TallMatrix<Real>& A,
                              const TallMatrix<Real>& S) {
  std::array<double, 3> sums{};
  const EntryRows<Real>& rows = X.observed().of_rows;
  for (Index i = 0; i < rows.rows(); ++i) {
    const EntryRow<Real> row = row_of(rows, i);
    for (std::size_t e = 0; e < row.size(); ++e) {
      const Real* const s = S.row(row.columns[e]);
      double model = 0;
      for (Index l = 0; l < A.width(); ++l) {
        model += static_cast<double>(A.row(i)[l]) * static_cast<double>(s[l]);
      }
      sums[0] += row.weight(e) * static_cast<double>(row.values[e]) * model;
      sums[1] += row.weight(e) * model * model;
      sums[2] += model * model;
    }
  }
  return sums;
}

template <class Real>
void multiply(TallMatrix<Real>& W, double factor) {
  for (Real& value : W.values()) value *= static_cast<Real>(factor);
}

/// Best multiple of A S, with ||a_j|| = ||s_j||; what is fixed stays. Collective.
template <class Real>
void scale_to_best(const DistributedMatrix<Real>& X, const FixedCounts& fixed,
                   FactorPair<Real>& factors) {
  const Communicator& all = X.grid().all();
  normalize(all, {}, factors, fixed.components());  // whatever its order, a start is as good
  TallMatrix<Real> space;
  std::array<double, 3> sums = moments(X, factors.A, X.gather_S(factors.S, space));
  sum_over(all, std::span<double>(sums));
  const double omega = X.unstored_weight();
  double model = sums[1];
  if (omega > 0) {
    model +=
        omega * (inner_product(gram_over(all, factors.A), gram_over(all, factors.S)) - sums[2]);
  }
  if (!(sums[0] > 0 && model > 0)) return;
  multiply_free_parts(fixed, sums[0] / model, factors);
}

/// Both factors of a model that is nothing but biases, fitted: [b 1] and [1 d]. Collective.
template <class Real>
FactorPair<Real> fitted_biases(const DistributedMatrix<Real>& X, const FactorizeOptions& options) {
  FactorizeOptions biases = options;
  biases.components = 0;
  const auto with_ones = [](Index rows, Index one) {
    TallMatrix<Real> W(rows, 2);
    for (Index i = 0; i < rows; ++i) W(i, one) = Real{1};
    return W;
  };
  const EntryPenalty of_A = entry_penalty(biases, Side::A);
  const EntryPenalty of_S = entry_penalty(biases, Side::S);
  FactorPair<Real> fitted{with_ones(X.factor_rows().size(), of_A.bias->one),
                          with_ones(X.factor_columns().size(), of_S.bias->one)};
  const auto fit = [](const EntryPenalty& penalty, const EntryRows<Real>& entries,
                      const TallMatrix<Real>& other, TallMatrix<Real>& W) {
    const auto rule = make_row_residual_rule<Real>(penalty, /*nonnegative=*/false);
    rule->update({W.data(), W.rows(), W.width(), W.width()}, {entries, {0, W.rows()}, 0},
                 whole(other), GramMatrix(2));
  };
  TallMatrix<Real> space;
  for (int round = 0; round < kBiasRounds; ++round) {
    fit(of_S, X.observed().of_columns, X.gather_whole_A(fitted.A, space), fitted.S);
    fit(of_A, X.observed().of_rows, X.gather_S(fitted.S, space), fitted.A);
  }
  return fitted;
}

/// W with the columns of `more` after its own.
template <class Real>
TallMatrix<Real> beside(const TallMatrix<Real>& W, const TallMatrix<Real>& more) {
  TallMatrix<Real> both(W.rows(), W.width() + more.width());
  for (Index i = 0; i < W.rows(); ++i) {
    std::copy_n(W.row(i), W.width(), both.row(i));
    std::copy_n(more.row(i), more.width(), both.row(i) + W.width());
  }
  return both;
}

}  // namespace

template <class Real>
void fit_start_to_entries(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                          FactorPair<Real>& factors) {
  if (options.init != StartKind::given) {
    if (options.center_at > 0) {
      multiply(factors.A, 2 * options.center_at);
      multiply(factors.S, 2 * options.center_at);
    } else if (X.observed().rest_by_products) {
      scale_start(X, factors, options.fixed);
    } else {
      scale_to_best(X, options.fixed, factors);
    }
  }
  if (!options.bias) return;
  const FactorPair<Real> biases = fitted_biases(X, options);
  factors = {beside(factors.A, biases.A), beside(factors.S, biases.S)};
}

#define PARTITA_INSTANTIATE(Real)                                                             \
  template void fit_start_to_entries(const DistributedMatrix<Real>&, const FactorizeOptions&, \
                                     FactorPair<Real>&);
PARTITA_INSTANTIATE(double)
PARTITA_INSTANTIATE(float)
#undef PARTITA_INSTANTIATE

}  // namespace partita
