#include "factorize/solve/sampled_factors.hpp"

#include <algorithm>
#include <cmath>

#include "comm/collectives.hpp"
#include "data/kernels/reductions.hpp"
#include "factorize/objective/component_scale.hpp"
#include "factorize/objective/objective.hpp"

namespace partita {

namespace {

/// Changed lines after which the error is formed afresh.
constexpr Index kChangesPerRefresh = 1000;
/// The same when the error has fallen to this share of the last explicit one: rounding is relative
/// to what was subtracted.
constexpr double kFallPerRefresh = 1e-4;

double squared_residual(double x, const double* model_row, const double* other, Index k) {
  double model = 0;
  for (Index j = 0; j < k; ++j) model += model_row[j] * other[j];
  return (x - model) * (x - model);
}

/// One component of a factor, and what its Gram matrix says of it.
template <class Real>
void multiply_component(TallMatrix<Real>& W, GramMatrix& G, Index j, double scale) {
  for (Index i = 0; i < W.rows(); ++i) {
    W(i, j) = static_cast<Real>(scale * static_cast<double>(W(i, j)));
  }
  for (Index l = 0; l < G.size(); ++l) {
    G(j, l) *= scale;
    G(l, j) *= scale;
  }
}

}  // namespace

template <class Real>
SampledFactors<Real>::SampledFactors(const DistributedMatrix<Real>& X,
                                     const FactorizeOptions& options, const FactorPair<Real>& start)
    : X_(X), k_(options.components), penalties_(options.penalties), gram_A_(k_), gram_S_(k_) {
  TallMatrix<Real> space;
  A_ = X.gather_A(start.A, space);
  S_ = X.gather_S(start.S, space);
  kernels::gram(start.A.data(), start.A.rows(), k_, k_, gram_A_.data());
  kernels::gram(start.S.data(), start.S.rows(), k_, k_, gram_S_.data());
  sum_over(X.grid().all(), gram_A_.values());
  sum_over(X.grid().all(), gram_S_.values());
  penalty_ = sum_over(X.grid().all(), penalty_of(whole(start.A), penalties_.of_A()) +
                                          penalty_of(whole(start.S), penalties_.of_S()));
  refresh_error();
}

template <class Real>
double SampledFactors<Real>::relative_error() const {
  return objective_of(squared_error() / X_.squared_norm(), 0, X_.squared_norm());
}

template <class Real>
double SampledFactors<Real>::objective() const {
  return objective_of(squared_error() / X_.squared_norm(), penalty_, X_.squared_norm());
}

template <class Real>
bool SampledFactors<Real>::crosses(Side side, Index index) const {
  return moving_range(side).contains(index);
}

template <class Real>
bool SampledFactors<Real>::speaks(Side side, Index index) const {
  const int copy = side == Side::S ? X_.grid().row() : X_.grid().column();
  return copy == 0 && crosses(side, index);
}

template <class Real>
std::vector<Real> SampledFactors<Real>::values(Side side, Index index) const {
  std::vector<Real> x(static_cast<std::size_t>(fixed(side).rows()));
  const Index local = index - moving_range(side).begin;
  if (side == Side::S) {
    X_.entries().copy_column(local, x);
  } else {
    X_.entries().copy_row(local, x);
  }
  return x;
}

template <class Real>
std::vector<double> SampledFactors<Real>::current(Side side, Index index) const {
  std::vector<double> w(static_cast<std::size_t>(k_), 0.0);
  if (speaks(side, index)) {
    const Real* row = moving(side).row(index - moving_range(side).begin);
    std::copy_n(row, k_, w.begin());
  }
  sum_over(X_.grid().all(), std::span<double>(w));
  return w;
}

template <class Real>
std::vector<double> SampledFactors<Real>::right_side(Side side, Index index) const {
  std::vector<double> c(static_cast<std::size_t>(k_), 0.0);
  if (crosses(side, index)) {
    const std::vector<Real> x = values(side, index);
    const TallMatrix<Real>& F = fixed(side);
    for (Index i = 0; i < F.rows(); ++i) {
      const auto value = static_cast<double>(x[static_cast<std::size_t>(i)]);
      for (Index j = 0; j < k_; ++j) {
        c[static_cast<std::size_t>(j)] += value * static_cast<double>(F(i, j));
      }
    }
  }
  sum_over(X_.grid().all(), std::span<double>(c));
  return c;
}

template <class Real>
void SampledFactors<Real>::replace(Side side, Index index, const std::vector<double>& before,
                                   const std::vector<double>& after) {
  // Both are taken as the factor holds them, so that Gram and error follow what is stored.
  std::vector<double> now(after.size());
  std::ranges::transform(after, now.begin(),
                         [](double w) { return static_cast<double>(static_cast<Real>(w)); });
  double change = 0;
  if (crosses(side, index)) {
    const std::vector<Real> x = values(side, index);
    const TallMatrix<Real>& F = fixed(side);
    std::vector<double> f(static_cast<std::size_t>(k_));
    for (Index i = 0; i < F.rows(); ++i) {
      std::copy_n(F.row(i), k_, f.begin());
      const auto value = static_cast<double>(x[static_cast<std::size_t>(i)]);
      change += squared_residual(value, f.data(), now.data(), k_) -
                squared_residual(value, f.data(), before.data(), k_);
    }
    Real* row = moving(side).row(index - moving_range(side).begin);
    for (Index j = 0; j < k_; ++j) row[j] = static_cast<Real>(now[static_cast<std::size_t>(j)]);
  }
  squared_error_ += sum_over(X_.grid().all(), change);
  GramMatrix& G = side == Side::S ? gram_S_ : gram_A_;
  for (Index i = 0; i < k_; ++i) {
    const auto a = static_cast<std::size_t>(i);
    for (Index j = 0; j < k_; ++j) {
      const auto b = static_cast<std::size_t>(j);
      G(i, j) += now[a] * now[b] - before[a] * before[b];
    }
  }
  const auto k = static_cast<Index>(after.size());
  penalty_ += penalty_of(TallView<const double>{now.data(), 1, k, k}, penalty(side)) -
              penalty_of(TallView<const double>{before.data(), 1, k, k}, penalty(side));
  ++changes_;
}

template <class Real>
void SampledFactors<Real>::scale_components() {
  const auto k = static_cast<std::size_t>(k_);
  std::vector<double> sums(2 * k, 0.0);
  const auto add = [&](const TallMatrix<Real>& W, std::size_t first) {
    for (Index i = 0; i < W.rows(); ++i) {
      for (std::size_t j = 0; j < k; ++j) {
        sums[first + j] += static_cast<double>(W(i, static_cast<Index>(j)));
      }
    }
  };
  // copies of a row are counted once
  if (X_.grid().column() == 0) add(A_, 0);
  if (X_.grid().row() == 0) add(S_, k);
  sum_over(X_.grid().all(), std::span<double>(sums));
  penalty_ = 0;
  for (Index j = 0; j < k_; ++j) {
    const auto at = static_cast<std::size_t>(j);
    const ComponentSize a{sums[at], gram_A_(j, j)};
    const ComponentSize s{sums[k + at], gram_S_(j, j)};
    const ComponentScale scale = best_scale(penalties_, a, s);
    penalty_ += partita::penalty_of(penalties_, a, s, scale);
    multiply_component(A_, gram_A_, j, scale.of_A);
    multiply_component(S_, gram_S_, j, scale.of_S);
  }
  ++scalings_;
}

template <class Real>
void SampledFactors<Real>::refresh_error_if_due() {
  if (changes_ >= kChangesPerRefresh || squared_error() < kFallPerRefresh * refreshed_at_) {
    refresh_error();
  }
}

template <class Real>
void SampledFactors<Real>::refresh_error() {
  const double local = X_.block().residual_squared(whole(A_), whole(S_));
  squared_error_ = sum_over(X_.grid().all(), local);
  refreshed_at_ = squared_error();
  changes_ = 0;
}

template <class Real>
FactorPair<Real> SampledFactors<Real>::owned() const {
  const auto part = [&](const TallMatrix<Real>& block, Range held, Range mine) {
    TallMatrix<Real> rows(mine.size(), k_);
    std::copy_n(block.row(mine.begin - held.begin), rows.size(), rows.data());
    return rows;
  };
  return {part(A_, X_.block_rows(), X_.factor_rows()),
          part(S_, X_.block_columns(), X_.factor_columns())};
}

template <class Real>
SampledState<Real> SampledFactors<Real>::saved() const {
  // A long double needs two doubles.
  const auto high = static_cast<double>(squared_error_);
  const auto copied = [](const GramMatrix& G) {
    return std::vector<double>(G.values().begin(), G.values().end());
  };
  return {.squared_error = high,
          .squared_error_rest = static_cast<double>(squared_error_ - high),
          .refreshed_at = refreshed_at_,
          .changes = changes_,
          .penalty = penalty_,
          .gram_A = copied(gram_A_),
          .gram_S = copied(gram_S_),
          .factors = owned()};
}

template <class Real>
void SampledFactors<Real>::restore(const SampledState<Real>& saved) {
  squared_error_ = static_cast<long double>(saved.squared_error) + saved.squared_error_rest;
  refreshed_at_ = saved.refreshed_at;
  changes_ = saved.changes;
  penalty_ = saved.penalty;
  std::ranges::copy(saved.gram_A, gram_A_.values().begin());
  std::ranges::copy(saved.gram_S, gram_S_.values().begin());
}

template class SampledFactors<double>;
template class SampledFactors<float>;

}  // namespace partita
