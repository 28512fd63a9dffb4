#include "init/range_finder.hpp"

#include <cmath>

#include <Eigen/Dense>

#include "data/kernels/dense_products.hpp"
#include "data/kernels/reductions.hpp"

namespace partita {

namespace {

using Eigen::MatrixXd;

constexpr int kPowerSteps = 2;

/// W times the inverse square root of its Gram matrix; directions at rounding level become zero.
template <class Real>
TallMatrix<Real> orthonormal(const LinearMap<Real>& X, const TallMatrix<Real>& W) {
  const Eigen::SelfAdjointEigenSolver<MatrixXd> eigen(gram_over_processes(X, W));
  const double smallest = 1e-13 * eigen.eigenvalues().cwiseAbs().maxCoeff();
  const Eigen::VectorXd scale = eigen.eigenvalues().unaryExpr(
      [&](double value) { return value > smallest ? 1 / std::sqrt(value) : 0.0; });
  return times_small(W, MatrixXd(eigen.eigenvectors() * scale.asDiagonal()));
}

}  // namespace

template <class Real>
MatrixXd gram_over_processes(const LinearMap<Real>& X, const TallMatrix<Real>& W) {
  MatrixXd G(W.width(), W.width());
  kernels::gram(W.data(), W.rows(), W.width(), W.width(), G.data());
  X.sum({G.data(), static_cast<std::size_t>(G.size())});
  return G;
}

template <class Real>
TallMatrix<Real> times_small(const TallMatrix<Real>& W, const MatrixXd& M) {
  // The small matrix as a tall one: the kernels want it row-major.
  TallMatrix<Real> small(M.rows(), M.cols());
  for (Index i = 0; i < M.rows(); ++i) {
    for (Index j = 0; j < M.cols(); ++j) small(i, j) = static_cast<Real>(M(i, j));
  }
  TallMatrix<Real> product(W.rows(), M.cols());
  kernels::times<Real>({W.data(), W.rows(), W.width(), W.width()}, small.data(), M.cols(),
                       product.data());
  return product;
}

template <class Real>
LowRankFactors<Real> project_on_range(const LinearMap<Real>& X, Index width,
                                      const RandomField& field) {
  TallMatrix<Real> probe(X.columns.size(), width);
  for (Index i = 0; i < probe.rows(); ++i) {
    for (Index j = 0; j < width; ++j) {
      probe(i, j) = static_cast<Real>(field.normal(X.columns.begin + i, j));
    }
  }
  TallMatrix<Real> U = orthonormal(X, X.times(probe));
  for (int step = 0; step < kPowerSteps; ++step) {
    U = orthonormal(X, X.times(orthonormal(X, X.transposed_times(U))));
  }
  TallMatrix<Real> V = X.transposed_times(U);
  return {std::move(U), std::move(V)};
}

#define PARTITA_INSTANTIATE(Real)                                                         \
  template MatrixXd gram_over_processes(const LinearMap<Real>&, const TallMatrix<Real>&); \
  template TallMatrix<Real> times_small(const TallMatrix<Real>&, const MatrixXd&);        \
  template LowRankFactors<Real> project_on_range(const LinearMap<Real>&, Index, const RandomField&);
PARTITA_INSTANTIATE(double)
PARTITA_INSTANTIATE(float)
#undef PARTITA_INSTANTIATE

}  // namespace partita
