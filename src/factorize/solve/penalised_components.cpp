// What penalties ask of the components of a stack: their scales, and whether a dead one is to be
// revived.
#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <vector>

#include "comm/collectives.hpp"
#include "factorize/matrix/column_residual.hpp"
#include "factorize/objective/component_scale.hpp"
#include "factorize/solve/factor_stack.hpp"

namespace partita {

namespace {

/// Sums of the columns of all restarts of a stacked factor, behind those that are there.
template <class Real>
void append_column_sums(const TallMatrix<Real>& stacked, std::vector<double>& sums) {
  const std::size_t first = sums.size();
  sums.resize(first + static_cast<std::size_t>(stacked.width()), 0.0);
  for (Index i = 0; i < stacked.rows(); ++i) {
    const Real* const row = stacked.row(i);
    for (Index j = 0; j < stacked.width(); ++j) {
      sums[first + static_cast<std::size_t>(j)] += static_cast<double>(row[j]);
    }
  }
}

template <class Real>
void scale_columns(TallMatrix<Real>& stacked, const std::vector<double>& scales) {
  for (Index i = 0; i < stacked.rows(); ++i) {
    Real* const row = stacked.row(i);
    for (Index j = 0; j < stacked.width(); ++j) {
      row[j] = static_cast<Real>(scales[static_cast<std::size_t>(j)] * static_cast<double>(row[j]));
    }
  }
}

template <class Real>
void scale_columns(TallMatrix<Real>& part, const std::vector<double>& scales, Index first) {
  const auto begin = scales.begin() + first;
  scale_columns(part, std::vector<double>(begin, begin + part.width()));
}

/// G of components that are multiplied by scales[first ...].
void scale_gram(GramMatrix& G, const std::vector<double>& scales, Index first) {
  for (Index i = 0; i < G.size(); ++i) {
    for (Index j = 0; j < G.size(); ++j) {
      G(i, j) *=
          scales[static_cast<std::size_t>(first + i)] * scales[static_cast<std::size_t>(first + j)];
    }
  }
}

/// Scales of a new part of A that are tried, around the balanced one.
constexpr int kTried = 17;

}  // namespace

template <class Real>
void FactorStack<Real>::scale_components(const std::vector<bool>& accepted) {
  std::vector<double> sums;
  append_column_sums(A_, sums);
  append_column_sums(Sy_, sums);
  sum_over(X_.grid().all(), std::span<double>(sums));
  const auto all = static_cast<std::size_t>(width());
  for (std::size_t r = 0; r < restarts(); ++r) {
    if (!accepted[r]) continue;
    PassTerms& terms = terms_[r];
    terms.penalty = 0;
    for (Index j = 0; j < k(); ++j) {
      const auto at = static_cast<std::size_t>(offset(r) + j);
      const ComponentSize a{sums[at], terms.gram_A(j, j)};
      const ComponentSize s{sums[all + at], terms.gram_Sy(j, j)};
      const ComponentScale scale = best_scale(options_.penalties, a, s);
      scales_of_A_[at] = scale.of_A;
      scales_of_S_[at] = scale.of_S;
      terms.penalty += penalty_of(options_.penalties, a, s, scale);
    }
  }
}

template <class Real>
void FactorStack<Real>::apply_scales() {
  if (!options_.penalties.any()) return;
  for (std::size_t r = 0; r < restarts(); ++r) {
    scale_gram(terms_[r].gram_Ay, scales_of_A_, offset(r));
  }
  for (TallMatrix<Real>* const of : {&A_, &A_other_, &Q_}) scale_columns(*of, scales_of_A_);
  for (TallMatrix<Real>* const of : {&S_, &Sy_}) scale_columns(*of, scales_of_S_);
  std::ranges::fill(scales_of_A_, 1.0);
  std::ranges::fill(scales_of_S_, 1.0);
}

template <class Real>
void FactorStack<Real>::scale_pair(std::size_t position, FactorPair<Real>& pair) const {
  if (!options_.penalties.any()) return;
  scale_columns(pair.A, scales_of_A_, offset(position));
  scale_columns(pair.S, scales_of_S_, offset(position));
}

/// The new part a of A is the positive residual of the column, u, times α. Its part of S is then
/// s_i = max(0, α r_i - l1) / (α² ||u||² + l2) with r = Rᵀu for the residual R without it, and F
/// falls by ½ Σ max(0, α r_i - l1)² / (α² ||u||² + l2) - penalty(α u).
template <class Real>
double FactorStack<Real>::revive_if_it_pays(std::size_t position, Index component, Index column) {
  const Communicator& all = X_.grid().all();
  const Index at = offset(position) + component;
  for (Index i = 0; i < A_.rows(); ++i) A_(i, at) = A_other_(i, at) = Real{0};
  for (Index i = 0; i < S_.rows(); ++i) S_(i, at) = Sy_(i, at) = Real{0};
  scales_of_A_[static_cast<std::size_t>(at)] = scales_of_S_[static_cast<std::size_t>(at)] = 1;
  const std::vector<double> residual = residual_of_column(
      X_, window(A_, offset(position), k()), window(Sy_, offset(position), k()), column);
  TallMatrix<Real> u(A_.rows(), 1);
  std::vector<double> sums(static_cast<std::size_t>(k()) + 2, 0.0);  // Aᵀu, |u|₁, ||u||²
  for (Index i = 0; i < A_.rows(); ++i) {
    u(i, 0) = static_cast<Real>(std::max(0.0, residual[static_cast<std::size_t>(i)]));
    const auto value = static_cast<double>(u(i, 0));
    for (Index j = 0; j < k(); ++j) {
      sums[static_cast<std::size_t>(j)] += static_cast<double>(A_(i, offset(position) + j)) * value;
    }
    sums[static_cast<std::size_t>(k())] += value;
    sums[static_cast<std::size_t>(k()) + 1] += value * value;
  }
  sum_over(all, std::span<double>(sums));
  const double sum_of_u = sums[static_cast<std::size_t>(k())];
  const double squares_of_u = sums[static_cast<std::size_t>(k()) + 1];
  if (!(squares_of_u > 0)) return 0;

  TallMatrix<Real> space_A;
  PanelSum<Real> space_Q;
  TallMatrix<Real> r;
  X_.transposed_times(X_.gather_A(u, space_A), r, space_Q);
  double positive = 0;
  for (Index i = 0; i < r.rows(); ++i) {
    double value = static_cast<double>(r(i, 0));
    for (Index j = 0; j < k(); ++j) {
      value -=
          static_cast<double>(Sy_(i, offset(position) + j)) * sums[static_cast<std::size_t>(j)];
    }
    r(i, 0) = static_cast<Real>(value);
    positive += value > 0 ? value * value : 0;
  }
  positive = sum_over(all, positive);
  if (!(positive > 0)) return 0;

  const Penalties& penalties = options_.penalties;
  const auto part_of_S = [&](double alpha, double r_i) {
    return std::max(0.0, alpha * r_i - penalties.l1_S) /
           (alpha * alpha * squares_of_u + penalties.l2_S);
  };
  // without penalties s = r / (α ||u||²), which is of the norm of α u for this α
  const double balanced = std::sqrt(std::sqrt(positive) / std::pow(squares_of_u, 1.5));
  std::array<double, kTried> alphas{};
  std::array<double, kTried> gains{};
  for (int t = 0; t < kTried; ++t) {
    const auto tried = static_cast<std::size_t>(t);
    alphas[tried] = std::ldexp(balanced, t - kTried / 2);
    for (Index i = 0; i < r.rows(); ++i) {
      const auto r_i = static_cast<double>(r(i, 0));
      const double step = std::max(0.0, alphas[tried] * r_i - penalties.l1_S);
      gains[tried] += step * part_of_S(alphas[tried], r_i) / 2;
    }
  }
  sum_over(all, std::span<double>(gains));
  for (std::size_t t = 0; t < gains.size(); ++t) {
    const double alpha = alphas[t];
    gains[t] -=
        penalties.l1_A * alpha * sum_of_u + penalties.l2_A / 2 * alpha * alpha * squares_of_u;
  }
  const auto best = static_cast<std::size_t>(std::ranges::max_element(gains) - gains.begin());
  if (!(gains[best] > 0)) return 0;
  for (Index i = 0; i < A_.rows(); ++i) {
    A_(i, at) = A_other_(i, at) = static_cast<Real>(alphas[best] * static_cast<double>(u(i, 0)));
  }
  for (Index i = 0; i < S_.rows(); ++i) {
    S_(i, at) = Sy_(i, at) =
        static_cast<Real>(part_of_S(alphas[best], static_cast<double>(r(i, 0))));
  }
  return gains[best];
}

#define PARTITA_INSTANTIATE(Real)                                                    \
  template void FactorStack<Real>::scale_components(const std::vector<bool>&);       \
  template void FactorStack<Real>::apply_scales();                                   \
  template void FactorStack<Real>::scale_pair(std::size_t, FactorPair<Real>&) const; \
  template double FactorStack<Real>::revive_if_it_pays(std::size_t, Index, Index);
PARTITA_INSTANTIATE(double)
PARTITA_INSTANTIATE(float)
#undef PARTITA_INSTANTIATE

}  // namespace partita
