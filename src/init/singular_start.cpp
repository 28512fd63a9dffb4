#include <algorithm>
#include <array>
#include <vector>

#include <Eigen/Dense>

#include "init/range_finder.hpp"

namespace partita {

namespace {

using Eigen::MatrixXd;

/// Size of the filling, relative to the mean entry.
constexpr double kFilling = 0.01;

/// The sign part of each column: +1 takes max(0, w), -1 takes max(0, -w).
template <class Real>
Real part_of(Real value, double sign) {
  return static_cast<Real>(std::max(0.0, sign * static_cast<double>(value)));
}

/// Fills zeros with small uniform values, by global position.
template <class Real>
void fill_zeros(const LinearMap<Real>& X, TallMatrix<Real>& W, Range rows,
                const RandomField& field) {
  std::array<double, 2> total{0, static_cast<double>(W.size())};
  for (const Real w : W.values()) total[0] += static_cast<double>(w);
  X.sum(total);
  const double size = kFilling * total[0] / std::max(total[1], 1.0);
  for (Index i = 0; i < W.rows(); ++i) {
    for (Index j = 0; j < W.width(); ++j) {
      if (W(i, j) == 0) W(i, j) = static_cast<Real>(size * field.uniform(rows.begin + i, j));
    }
  }
}

}  // namespace

template <class Real>
FactorPair<Real> start_from_singular_vectors(const LinearMap<Real>& X, Index k, std::uint64_t seed,
                                             Index restart) {
  // X ~ U Vᵀ; the eigenvectors of VᵀV turn both to singular vectors.
  auto [U, V] = project_on_range(X, k + kOversampling, RandomField(seed, Purpose::sketch, restart));
  const Eigen::SelfAdjointEigenSolver<MatrixXd> eigen(gram_over_processes(X, V));
  const MatrixXd leading = eigen.eigenvectors().rowwise().reverse().leftCols(k);
  U = times_small(U, leading);
  const TallMatrix<Real> W = times_small(V, leading);  // σ_j v_j

  std::vector<double> norms(static_cast<std::size_t>(4 * k), 0.0);
  const auto add_norms = [&](const TallMatrix<Real>& F, Index offset) {
    for (Index i = 0; i < F.rows(); ++i) {
      for (Index j = 0; j < k; ++j) {
        const auto value = static_cast<double>(F(i, j));
        norms[static_cast<std::size_t>(4 * j + offset + (value < 0 ? 1 : 0))] += value * value;
      }
    }
  };
  add_norms(U, 0);
  add_norms(W, 2);
  X.sum(norms);

  FactorPair<Real> start{TallMatrix<Real>(U.rows(), k), TallMatrix<Real>(W.rows(), k)};
  for (Index j = 0; j < k; ++j) {
    const double* n = norms.data() + 4 * j;
    const double sign = n[0] * n[2] >= n[1] * n[3] ? 1.0 : -1.0;
    for (Index i = 0; i < U.rows(); ++i) start.A(i, j) = part_of(U(i, j), sign);
    for (Index i = 0; i < W.rows(); ++i) start.S(i, j) = part_of(W(i, j), sign);
  }
  fill_zeros(X, start.A, X.rows, RandomField(seed, Purpose::start_A, restart));
  fill_zeros(X, start.S, X.columns, RandomField(seed, Purpose::start_S, restart));
  return start;
}

#define PARTITA_INSTANTIATE(Real)                                                      \
  template FactorPair<Real> start_from_singular_vectors(const LinearMap<Real>&, Index, \
                                                        std::uint64_t, Index);
PARTITA_INSTANTIATE(double)
PARTITA_INSTANTIATE(float)
#undef PARTITA_INSTANTIATE

}  // namespace partita
