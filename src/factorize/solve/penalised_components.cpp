// What penalties ask of the components of a stack: their scales, and whether a dead one is to be
// revived.
#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <vector>

#include "comm/collectives.hpp"
#include "data/blocks/panel_sum.hpp"
#include "data/tall_view.hpp"
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

/// A component that may start anew: its part of A is to be the positive residual of a column, u,
/// times α. With r = Rᵀu for the residual R without the component, its part of S is then
/// s_i = max(0, α r_i - l1) / (α² ||u||² + l2), and F falls by
/// ½ Σ max(0, α r_i - l1)² / (α² ||u||² + l2) - penalty(α u).
template <class Real>
struct Revival {
  TallMatrix<Real> u;  ///< my rows of it
  TallMatrix<Real> r;
  double sum_of_u = 0;
  double squares_of_u = 0;

  [[nodiscard]] double part_of_S(const Penalties& penalties, double alpha, Index i) const {
    const auto r_i = static_cast<double>(r(i, 0));
    return std::max(0.0, alpha * r_i - penalties.l1_S) /
           (alpha * alpha * squares_of_u + penalties.l2_S);
  }
};

/// u, from my rows of the residual of a column. @return Aᵀu, summed over `all`.
template <class Real>
std::vector<double> take_residual(const Communicator& all, const std::vector<double>& residual,
                                  TallView<const Real> A, Revival<Real>& revival) {
  const auto k = static_cast<std::size_t>(A.width);
  std::vector<double> sums(k + 2, 0.0);  // Aᵀu, |u|₁, ||u||²
  revival.u = TallMatrix<Real>(A.rows, 1);
  for (Index i = 0; i < A.rows; ++i) {
    Real& u = revival.u(i, 0);
    u = static_cast<Real>(std::max(0.0, residual[static_cast<std::size_t>(i)]));
    const auto value = static_cast<double>(u);
    for (std::size_t j = 0; j < k; ++j) sums[j] += static_cast<double>(A.row(i)[j]) * value;
    sums[k] += value;
    sums[k + 1] += value * value;
  }
  sum_over(all, std::span<double>(sums));
  revival.sum_of_u = sums[k];
  revival.squares_of_u = sums[k + 1];
  sums.resize(k);
  return sums;
}

/// r = Xᵀu - S Aᵀu. @param Au  Aᵀu. @return Σ max(0, r_i)² over the group.
template <class Real>
double form_r(const DistributedMatrix<Real>& X, TallView<const Real> S,
              const std::vector<double>& Au, Revival<Real>& revival) {
  TallMatrix<Real> space_A;
  PanelSum<Real> space_Q;
  TallMatrix<Real>& r = revival.r;
  X.transposed_times(X.gather_A(revival.u, space_A), r, space_Q);
  double positive = 0;
  for (Index i = 0; i < r.rows(); ++i) {
    auto value = static_cast<double>(r(i, 0));
    for (std::size_t j = 0; j < Au.size(); ++j) value -= static_cast<double>(S.row(i)[j]) * Au[j];
    r(i, 0) = static_cast<Real>(value);
    positive += value > 0 ? value * value : 0;
  }
  return sum_over(X.grid().all(), positive);
}

struct Scaled {
  double alpha = 0;
  double gain = 0;  ///< by how much F falls
};

/// The α that lowers F the most. @param positive  Σ max(0, r_i)².
template <class Real>
Scaled best_alpha(const Communicator& all, const Penalties& penalties, const Revival<Real>& revival,
                  double positive) {
  // without penalties s = r / (α ||u||²), which is of the norm of α u for this α
  const double balanced = std::sqrt(std::sqrt(positive) / std::pow(revival.squares_of_u, 1.5));
  std::array<double, kTried> alphas{};
  std::array<double, kTried> gains{};
  for (int t = 0; t < kTried; ++t) {
    const auto tried = static_cast<std::size_t>(t);
    alphas[tried] = std::ldexp(balanced, t - kTried / 2);
    for (Index i = 0; i < revival.r.rows(); ++i) {
      const auto r_i = static_cast<double>(revival.r(i, 0));
      const double step = std::max(0.0, alphas[tried] * r_i - penalties.l1_S);
      gains[tried] += step * revival.part_of_S(penalties, alphas[tried], i) / 2;
    }
  }
  sum_over(all, std::span<double>(gains));
  for (std::size_t t = 0; t < gains.size(); ++t) {
    const double alpha = alphas[t];
    gains[t] -= penalties.l1_A * alpha * revival.sum_of_u +
                penalties.l2_A / 2 * alpha * alpha * revival.squares_of_u;
  }
  const auto best = static_cast<std::size_t>(std::ranges::max_element(gains) - gains.begin());
  return {alphas[best], gains[best]};
}

}  // namespace

template <class Real>
void FactorStack<Real>::scale_components(const std::vector<bool>& accepted) {
  std::vector<double> sums;
  append_column_sums(factors_.A, sums);
  append_column_sums(factors_.Sy, sums);
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
      const bool held = j < options_.fixed.components();
      const ComponentScale scale = held ? ComponentScale{} : best_scale(options_.penalties, a, s);
      factors_.scales_of_A[at] = scale.of_A;
      factors_.scales_of_S[at] = scale.of_S;
      terms.penalty += penalty_of(options_.penalties, a, s, scale);
    }
  }
}

template <class Real>
void FactorStack<Real>::apply_scales() {
  if (!options_.penalties.any()) return;
  std::vector<double>& of_A = factors_.scales_of_A;
  std::vector<double>& of_S = factors_.scales_of_S;
  for (std::size_t r = 0; r < restarts(); ++r) scale_gram(terms_[r].gram_Ay, of_A, offset(r));
  for (auto* const of : {&factors_.A, &factors_.A_other, &factors_.Q}) scale_columns(*of, of_A);
  for (auto* const of : {&factors_.S, &factors_.Sy}) scale_columns(*of, of_S);
  std::ranges::fill(of_A, 1.0);
  std::ranges::fill(of_S, 1.0);
}

template <class Real>
FactorPair<Real> FactorStack<Real>::factors(std::size_t position) const {
  FactorPair<Real> pair = factors_.pair(position);
  if (options_.penalties.any()) {
    scale_columns(pair.A, factors_.scales_of_A, offset(position));
    scale_columns(pair.S, factors_.scales_of_S, offset(position));
  }
  return pair;
}

template <class Real>
double FactorStack<Real>::revive_if_it_pays(std::size_t position, Index component, Index column) {
  const Communicator& all = X_.grid().all();
  const Index at = offset(position) + component;
  const auto set_component = [&](auto part_of_A, auto part_of_S) {
    for (Index i = 0; i < factors_.A.rows(); ++i) {
      factors_.A(i, at) = factors_.A_other(i, at) = static_cast<Real>(part_of_A(i));
    }
    for (Index i = 0; i < factors_.S.rows(); ++i) {
      factors_.S(i, at) = factors_.Sy(i, at) = static_cast<Real>(part_of_S(i));
    }
  };
  const auto nothing = [](Index /*row*/) { return 0.0; };
  set_component(nothing, nothing);
  factors_.scales_of_A[static_cast<std::size_t>(at)] = 1;
  factors_.scales_of_S[static_cast<std::size_t>(at)] = 1;
  const TallView<const Real> A = window(factors_.A, offset(position), k());
  const TallView<const Real> S = window(factors_.Sy, offset(position), k());

  Revival<Real> revival;
  const std::vector<double> Au =
      take_residual(all, residual_of_column(X_, A, S, column), A, revival);
  if (!(revival.squares_of_u > 0)) return 0;
  const double positive = form_r(X_, S, Au, revival);
  if (!(positive > 0)) return 0;
  const Scaled best = best_alpha(all, options_.penalties, revival, positive);
  if (!(best.gain > 0)) return 0;
  set_component([&](Index i) { return best.alpha * static_cast<double>(revival.u(i, 0)); },
                [&](Index i) { return revival.part_of_S(options_.penalties, best.alpha, i); });
  return best.gain;
}

#define PARTITA_INSTANTIATE(Real)                                              \
  template void FactorStack<Real>::scale_components(const std::vector<bool>&); \
  template void FactorStack<Real>::apply_scales();                             \
  template FactorPair<Real> FactorStack<Real>::factors(std::size_t) const;     \
  template double FactorStack<Real>::revive_if_it_pays(std::size_t, Index, Index);
PARTITA_INSTANTIATE(double)
PARTITA_INSTANTIATE(float)
#undef PARTITA_INSTANTIATE

}  // namespace partita
