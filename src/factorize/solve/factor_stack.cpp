#include "factorize/solve/factor_stack.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "comm/collectives.hpp"
#include "data/kernels/reductions.hpp"
#include "factorize/matrix/column_residual.hpp"
#include "factorize/matrix/windows.hpp"
#include "factorize/objective/objective.hpp"

namespace partita {

template <class Real>
FactorStack<Real>::FactorStack(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                               const SweepRules<Real>& rules,
                               std::vector<RestartStart<Real>>& starts, RunControl& control)
    : X_(X),
      options_(options),
      control_(control),
      factors_(starts, options.components),
      terms_(X.grid().all(), starts.size(), options.components),
      buffers_(X),
      pass_(X, options, rules, control, factors_, terms_, buffers_),
      weights_(starts.size()) {
  form_first_products(starts);
  pass_.begin_sum_of_gram_S(factors_.Sy);
  terms_.finish_gram(&PassTerms::gram_Sy);
}

/// Q = XᵀAy and AyᵀAy; without a look at X where all starts bring their part of Q.
template <class Real>
void FactorStack<Real>::form_first_products(std::vector<RestartStart<Real>>& starts) {
  const auto known = [](RestartStart<Real>& start) -> std::optional<TallMatrix<Real>>& {
    return start.saved ? start.saved->product : start.product;
  };
  if (!std::ranges::all_of(starts, [&](auto& start) { return known(start).has_value(); })) {
    refresh_transposed_product();
    return;
  }
  for (std::size_t r = 0; r < starts.size(); ++r) {
    take_in(*known(starts[r]), factors_.Q, offset(r), width());
  }
  pass_.form_products_of_A(/*with_Q=*/false);
}

template <class Real>
void FactorStack<Real>::look_at_starts() {
  const TallMatrix<Real>& Q = factors_.Q;
  const TallMatrix<Real>& S = factors_.S;
  std::vector<double> sums;
  for (std::size_t r = 0; r < restarts(); ++r) {
    sums.push_back(kernels::dot(Q.data() + offset(r), S.data() + offset(r), Q.rows(), k(),
                                Q.width(), S.width()));
    sums.push_back(penalty_of(window(factors_.A, offset(r), k()), options_.penalties.of_A()) +
                   penalty_of(window(S, offset(r), k()), options_.penalties.of_S()));
  }
  sum_over(X_.grid().all(), std::span<double>(sums));
  for (std::size_t r = 0; r < restarts(); ++r) {
    terms_[r].gram_A = terms_[r].gram_Ay;
    terms_[r].model_dot_X = sums[2 * r];
    terms_[r].penalty = sums[2 * r + 1];
  }
}

template <class Real>
void FactorStack<Real>::pass(std::span<const double> weights) {
  std::ranges::transform(weights, weights_.begin(),
                         [](double weight) { return static_cast<Real>(weight); });
  settled_ = false;
  apply_scales();
  pass_.run(weights_);
}

template <class Real>
double FactorStack<Real>::relative_error_squared(std::size_t position) {
  const PassTerms& terms = terms_[position];
  const double norm = X_.squared_norm();
  const double squared = norm - 2 * terms.model_dot_X + inner_product(terms.gram_A, terms.gram_Sy);
  if (squared > shortcut_floor<Real>() * norm) return squared / norm;
  const WorkTimer timer(control_.work(), X_.grid().all().traffic(), Work::error);
  auto space_A = buffers_.for_block_A(width());
  auto space_S = buffers_.for_block_S(width());
  const TallMatrix<Real>& A = X_.gather_A(settled_ ? factors_.A : factors_.A_other, *space_A);
  const TallMatrix<Real>& S = X_.gather_S(settled_ ? factors_.Sy : factors_.Sy_new, *space_S);
  const double residual = X_.block().residual_squared(window(A, offset(position), k()),
                                                      window(S, offset(position), k()));
  return sum_over(X_.grid().all(), residual) / norm;
}

template <class Real>
void FactorStack<Real>::settle(const std::vector<bool>& accepted) {
  factors_.settle(accepted, weights_);
  buffers_.give_back(std::move(factors_.Sy_new));
  settled_ = true;
}

template <class Real>
void FactorStack<Real>::prepare_next(const std::vector<bool>& accepted) {
  const bool has_product = std::ranges::all_of(accepted, std::identity{}) && pass_.fuses_products();
  if (!has_product) refresh_transposed_product();
}

template <class Real>
void FactorStack<Real>::revive(std::size_t position, Index component, Index column) {
  const Index first = offset(position);
  const std::vector<double> residual = residual_of_column(X_, window(factors_.A, first, k()),
                                                          window(factors_.Sy, first, k()), column);
  const Index at = first + component;
  for (Index i = 0; i < factors_.A.rows(); ++i) {
    const double value = std::max(0.0, residual[static_cast<std::size_t>(i)]);
    factors_.A(i, at) = factors_.A_other(i, at) = static_cast<Real>(value);
  }
  for (Index i = 0; i < factors_.S.rows(); ++i) factors_.S(i, at) = factors_.Sy(i, at) = Real{0};
}

template <class Real>
TallMatrix<Real> FactorStack<Real>::transposed_product(std::size_t position) const {
  return take_window(factors_.Q, offset(position), k());
}

template <class Real>
void FactorStack<Real>::release_scratch() {
  for (TallMatrix<Real>* of : {&factors_.A_other, &factors_.S, &factors_.Q}) *of = {};
  buffers_.clear();
  pass_.release();
}

template <class Real>
void FactorStack<Real>::keep(const std::vector<bool>& kept) {
  terms_.keep(kept);
  factors_.keep(kept);
  buffers_.clear();  // what is free has the old width
  weights_.resize(restarts());
}

template class FactorStack<double>;
template class FactorStack<float>;

}  // namespace partita
