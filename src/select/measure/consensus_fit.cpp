#include "select/measure/consensus_fit.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <string>

#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "factorize/matrix/gram_over.hpp"
#include "select/consensus/spectra_scores.hpp"
#include "select/measure/stacked_restarts.hpp"
#include "update/rules.hpp"

namespace partita {

namespace {

template <class To, class From>
TallMatrix<To> converted(const TallMatrix<From>& W) {
  TallMatrix<To> result(W.rows(), W.width());
  std::ranges::transform(W.values(), result.values().begin(),
                         [](From value) { return static_cast<To>(value); });
  return result;
}

TallMatrix<double> rows_of(const TallMatrix<double>& W, Range rows) {
  TallMatrix<double> part(rows.size(), W.width());
  std::copy_n(W.row(rows.begin), part.size(), part.data());
  return part;
}

/// W of least ½||P - W G||² in the norm of G, W >= 0. Local.
TallMatrix<double> nonnegative_solution(const TallMatrix<double>& P, const GramMatrix& G) {
  TallMatrix<double> W(P.rows(), P.width());
  make_bpp_rule<double>({})->update({W.data(), W.rows(), W.width(), W.width()}, whole(P), G);
  return W;
}

void scale(TallMatrix<double>& W, int exponent) {
  for (double& value : W.values()) value = std::ldexp(value, exponent);
}

/// Means over the members of each cluster.
std::vector<double> cluster_densities(const Consensus& consensus) {
  std::vector<double> sums(consensus.size.size(), 0.0);
  for (std::size_t i = 0; i < consensus.cluster.size(); ++i) {
    if (consensus.cluster[i] == kOutlier) continue;
    sums[static_cast<std::size_t>(consensus.cluster[i])] += consensus.density[i];
  }
  for (std::size_t c = 0; c < sums.size(); ++c) sums[c] /= static_cast<double>(consensus.size[c]);
  return sums;
}

/// What the root found, on every process. @return the medians, m x k.
TallMatrix<double> shared_consensus(const Communicator& group,
                                    const std::vector<TallMatrix<double>>& restarts, Index columns,
                                    Index k, const ConsensusOptions& options, ConsensusFit& fit) {
  Consensus consensus;
  fit.size.assign(static_cast<std::size_t>(k), 0);
  fit.cluster_silhouettes.assign(static_cast<std::size_t>(k), 0.0);
  fit.cluster_density = fit.cluster_silhouettes;
  TallMatrix<double> medians(columns, k);
  together(group, [&] {
    if (!group.is_root()) return;
    if (restarts.size() < 2) {
      throw Error(ErrorKind::bad_data,
                  "a consensus needs at least two restarts that came to an "
                  "end: " +
                      std::to_string(restarts.size()) + " did");
    }
    consensus = consensus_of(restarts, options);
    fit.restarts = static_cast<Index>(restarts.size());
    fit.dropped = std::ranges::count(consensus.cluster, kOutlier);
    fit.silhouette = consensus.silhouette;
    fit.size = consensus.size;
    fit.cluster_silhouettes = consensus.silhouettes;
    fit.cluster_density = cluster_densities(consensus);
    medians = consensus.S;
  });
  broadcast(group, std::span<Index>(&fit.restarts, 1), 0);
  broadcast(group, std::span<Index>(&fit.dropped, 1), 0);
  broadcast(group, std::span<double>(&fit.silhouette, 1), 0);
  broadcast(group, std::span<Index>(fit.size), 0);
  broadcast(group, std::span<double>(fit.cluster_silhouettes), 0);
  broadcast(group, std::span<double>(fit.cluster_density), 0);
  broadcast(group, medians.values(), 0);
  return medians;
}

/// My rows of the usages of the medians, as X holds it. Collective.
template <class Real>
TallMatrix<double> usage_of(const DistributedMatrix<Real>& X, const TallMatrix<double>& medians) {
  TallMatrix<Real> products;
  TallMatrix<Real> space;
  X.times(converted<Real>(rows_of(medians, X.block_columns())), products, space);
  TallMatrix<double> usage;
  together(X.grid().all(), [&] {
    usage = nonnegative_solution(converted<double>(products), gram_of(whole(medians)));
  });
  return usage;
}

/// Rows scaled to sum 1, with a last column of ones, by which columns of X are summed up.
TallMatrix<double> shares_and_ones(const TallMatrix<double>& usage) {
  const Index k = usage.width();
  TallMatrix<double> shares(usage.rows(), k + 1);
  for (Index i = 0; i < usage.rows(); ++i) {
    const double sum = std::accumulate(usage.row(i), usage.row(i) + k, 0.0);
    for (Index c = 0; sum > 0 && c < k; ++c) shares(i, c) = usage(i, c) / sum;
    shares(i, k) = 1;
  }
  return shares;
}

/// Of my columns of X, over n. Collective over the grid's column. @param means  of them
template <class Real>
std::vector<double> deviations(const DistributedMatrix<Real>& X, const std::vector<double>& means) {
  std::vector<double> squares = X.entries().squared_norms_of_columns();
  sum_over(X.grid().same_column(), std::span<double>(squares));
  const Index first = X.factor_columns().begin - X.block_columns().begin;
  std::vector<double> result(means.size(), 0.0);
  for (std::size_t j = 0; j < means.size(); ++j) {
    const double square =
        squares[static_cast<std::size_t>(first) + j] / static_cast<double>(X.rows());
    const double variance = square - means[j] * means[j];
    // What is left of a constant column is rounding.
    constexpr double kRounding = 64 * static_cast<double>(std::numeric_limits<Real>::epsilon());
    if (variance > kRounding * square) result[j] = std::sqrt(variance);
  }
  return result;
}

/// Spectra in the units of X, and scores. Collective.
template <class Real>
void fit_spectra(const DistributedMatrix<Real>& X, ConsensusFit& fit) {
  const Index k = fit.usage.width();
  const TallMatrix<double> shares = shares_and_ones(fit.usage);
  const GramMatrix gram = gram_over(X.grid().all(), shares);
  TallMatrix<Real> space;
  PanelSum<Real> sum;
  TallMatrix<Real> products;
  const TallMatrix<Real> mine = converted<Real>(shares);
  X.transposed_times(X.gather_A(mine, space), products, sum);
  UsageSums sums{.AtA = GramMatrix(k),
                 .XtA = TallMatrix<double>(products.rows(), k),
                 .A = std::vector<double>(static_cast<std::size_t>(k)),
                 .mean = {},
                 .deviation = {}};
  for (Index a = 0; a < k; ++a) {
    for (Index b = 0; b < k; ++b) sums.AtA(a, b) = gram(a, b);
    sums.A[static_cast<std::size_t>(a)] = gram(a, k);
  }
  for (Index j = 0; j < products.rows(); ++j) {
    for (Index c = 0; c < k; ++c) sums.XtA(j, c) = static_cast<double>(products(j, c));
    sums.mean.push_back(static_cast<double>(products(j, k)) / static_cast<double>(X.rows()));
  }
  sums.deviation = deviations(X, sums.mean);
  together(X.grid().all(), [&] {
    fit.spectra = nonnegative_solution(sums.XtA, sums.AtA);
    fit.scores = spectra_scores(sums);
  });
}

}  // namespace

double consensus_bytes(Index columns, Index components, Index restarts) {
  const auto pool = static_cast<double>(components) * static_cast<double>(restarts);
  constexpr double kCopies = 3;  // as it arrives, restart by restart, at unit length
  return sizeof(double) * (2 * pool * pool + kCopies * pool * static_cast<double>(columns));
}

template <class Real>
ConsensusFit fit_consensus(const DistributedMatrix<Real>& X, const Factors& factors,
                           const ConsensusOptions& options) {
  const Communicator& group = X.grid().all();
  const Index k = factors.S.width();
  ConsensusFit fit;
  const TallMatrix<double> medians = shared_consensus(
      group, stacked_restarts(group, factors, X.columns(), k), X.columns(), k, options, fit);
  fit.usage = usage_of(X, medians);
  fit_spectra(X, fit);
  fit.medians = rows_of(medians, X.factor_columns());
  scale(fit.usage, 2 * X.unit());
  scale(fit.spectra, 2 * X.unit());
  return fit;
}

template ConsensusFit fit_consensus(const DistributedMatrix<double>&, const Factors&,
                                    const ConsensusOptions&);
template ConsensusFit fit_consensus(const DistributedMatrix<float>&, const Factors&,
                                    const ConsensusOptions&);

}  // namespace partita
