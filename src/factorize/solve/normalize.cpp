#include "factorize/solve/normalize.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "comm/collectives.hpp"
#include "data/kernels/reductions.hpp"
#include "factorize/matrix/gram_over.hpp"
#include "factorize/objective/component_scale.hpp"
#include "factorize/solve/held_components.hpp"

namespace partita {

namespace {

/// Column j becomes scale[j] times the column order[j]; those beyond `order` stay.
template <class Real>
void arrange(TallMatrix<Real>& W, const std::vector<Index>& order,
             const std::vector<double>& scale) {
  std::vector<Real> old(order.size());
  for (Index i = 0; i < W.rows(); ++i) {
    std::copy_n(W.row(i), order.size(), old.begin());
    for (std::size_t j = 0; j < order.size(); ++j) {
      const auto from = static_cast<std::size_t>(order[j]);
      W.row(i)[j] = static_cast<Real>(scale[from] * static_cast<double>(old[from]));
    }
  }
}

/// Factors that make ||a_j|| = ||s_j|| when A's columns are multiplied by them and S's divided.
std::vector<double> balance(const GramMatrix& gram_A, const GramMatrix& gram_S) {
  std::vector<double> factor(static_cast<std::size_t>(gram_A.size()), 1.0);
  for (Index j = 0; j < gram_A.size(); ++j) {
    const double a = gram_A(j, j);
    const double s = gram_S(j, j);
    if (a > 0 && s > 0) factor[static_cast<std::size_t>(j)] = std::pow(s / a, 0.25);
  }
  return factor;
}

std::vector<double> inverse(std::vector<double> values) {
  for (double& value : values) value = 1 / value;
  return values;
}

template <class Real>
std::vector<double> column_sums(const TallMatrix<Real>& W) {
  std::vector<double> sums(static_cast<std::size_t>(W.width()), 0.0);
  for (Index i = 0; i < W.rows(); ++i) {
    for (Index j = 0; j < W.width(); ++j) {
      sums[static_cast<std::size_t>(j)] += static_cast<double>(W(i, j));
    }
  }
  return sums;
}

/// What the columns of A and those of S are to be multiplied by.
struct Scales {
  std::vector<double> of_A;
  std::vector<double> of_S;
};

/// The scales of the least penalty. Collective over `comm`.
template <class Real>
Scales least_penalty(const Communicator& comm, const Penalties& penalties,
                     const FactorPair<Real>& factors, const GramMatrix& gram_A,
                     const GramMatrix& gram_S) {
  std::vector<double> sums_A = column_sums(factors.A);
  std::vector<double> sums_S = column_sums(factors.S);
  sum_over(comm, std::span<double>(sums_A));
  sum_over(comm, std::span<double>(sums_S));
  Scales scales;
  for (Index j = 0; j < gram_A.size(); ++j) {
    const auto at = static_cast<std::size_t>(j);
    const ComponentScale scale =
        best_scale(penalties, {sums_A[at], gram_A(j, j)}, {sums_S[at], gram_S(j, j)});
    scales.of_A.push_back(scale.of_A);
    scales.of_S.push_back(scale.of_S);
  }
  return scales;
}

/// The first k components by ||a_j|| ||s_j||, largest first, but for those that are held.
std::vector<Index> by_mass(const GramMatrix& gram_A, const GramMatrix& gram_S, Index held,
                           Index k) {
  std::vector<Index> order(static_cast<std::size_t>(k));
  std::iota(order.begin(), order.end(), 0);
  const auto mass = [&](Index j) { return gram_A(j, j) * gram_S(j, j); };
  std::ranges::stable_sort(order.begin() + held, order.end(),
                           [&](Index a, Index b) { return mass(a) > mass(b); });
  return order;
}

}  // namespace

template <class Real>
TallMatrix<Real> scale_start(const DistributedMatrix<Real>& X, FactorPair<Real>& factors,
                             const FixedCounts& fixed) {
  const Communicator& comm = X.grid().all();
  TallMatrix<Real> space_A;
  PanelSum<Real> space_Q;
  TallMatrix<Real> Q;
  X.transposed_times(X.gather_A(factors.A, space_A), Q, space_Q);
  const Index k = Q.width();
  const double dot = sum_over(comm, kernels::dot(Q.data(), factors.S.data(), Q.rows(), k, k, k));
  const GramMatrix gram_A = gram_over(comm, factors.A);
  const GramMatrix gram_S = gram_over(comm, factors.S);
  const double model = inner_product(gram_A, gram_S);
  const double scale = model > 0 && dot > 0 ? std::sqrt(dot / model) : 1.0;
  std::vector<double> for_A = balance(gram_A, gram_S);
  std::fill_n(for_A.begin(), fixed.components(), 1.0);
  std::vector<double> for_S = inverse(for_A);
  const PartScales parts(fixed, scale * scale);
  for (Index j = 0; j < k; ++j) {
    for_A[static_cast<std::size_t>(j)] *= parts.of_A(j);
    for_S[static_cast<std::size_t>(j)] *= parts.of_S(j);
  }
  std::vector<Index> order(for_A.size());
  std::iota(order.begin(), order.end(), 0);
  arrange(factors.A, order, for_A);
  arrange(factors.S, order, for_S);
  arrange(Q, order, for_A);
  return Q;
}

template <class Real>
void normalize(const Communicator& comm, const Penalties& penalties, FactorPair<Real>& factors,
               Index held) {
  FactorizeOptions options;
  options.fixed.A = held;
  options.components = factors.A.width();
  options.penalties = penalties;
  normalize_components(comm, options, factors);
}

template <class Real>
void normalize_components(const Communicator& comm, const FactorizeOptions& options,
                          FactorPair<Real>& factors) {
  const GramMatrix gram_A = gram_over(comm, factors.A);
  const GramMatrix gram_S = gram_over(comm, factors.S);
  const auto width = static_cast<std::size_t>(gram_A.size());
  Scales scales{std::vector(width, 1.0), std::vector(width, 1.0)};
  if (!options.center && options.penalties.any()) {
    scales = least_penalty(comm, options.penalties, factors, gram_A, gram_S);
  } else if (!options.center) {
    scales.of_A = balance(gram_A, gram_S);
    scales.of_S = inverse(scales.of_A);
  }
  const Index held = options.fixed.components();
  std::fill_n(scales.of_A.begin(), held, 1.0);
  std::fill_n(scales.of_S.begin(), held, 1.0);
  const std::vector<Index> order = by_mass(gram_A, gram_S, held, options.components);
  arrange(factors.A, order, scales.of_A);
  arrange(factors.S, order, scales.of_S);
}

#define PARTITA_INSTANTIATE(Real)                                                           \
  template TallMatrix<Real> scale_start(const DistributedMatrix<Real>&, FactorPair<Real>&,  \
                                        const FixedCounts&);                                \
  template void normalize(const Communicator&, const Penalties&, FactorPair<Real>&, Index); \
  template void normalize_components(const Communicator&, const FactorizeOptions&,          \
                                     FactorPair<Real>&);
PARTITA_INSTANTIATE(double)
PARTITA_INSTANTIATE(float)
#undef PARTITA_INSTANTIATE

}  // namespace partita
