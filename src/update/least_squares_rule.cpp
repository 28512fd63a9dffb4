#include <algorithm>
#include <limits>

#include <Eigen/Dense>

#include "update/rules.hpp"

namespace partita {

namespace {

using Eigen::MatrixXd;
using RowMajorMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Pseudo-inverse of G + l2 I from its eigenvalues; those at rounding level count as zero.
MatrixXd pseudo_inverse(const GramMatrix& G, double l2) {
  const Index k = G.size();
  MatrixXd shifted = Eigen::Map<const RowMajorMatrix>(G.data(), k, k);
  shifted.diagonal().array() += l2;
  const Eigen::SelfAdjointEigenSolver<MatrixXd> eigen(shifted);
  const double smallest = static_cast<double>(k) * std::numeric_limits<double>::epsilon() *
                          eigen.eigenvalues().cwiseAbs().maxCoeff();
  const Eigen::VectorXd inverse = eigen.eigenvalues().unaryExpr(
      [&](double value) { return value > smallest ? 1 / value : 0.0; });
  return eigen.eigenvectors() * inverse.asDiagonal() * eigen.eigenvectors().transpose();
}

template <class Real>
class LeastSquaresRule final : public RowRule<Real> {
 public:
  LeastSquaresRule(FactorPenalty penalty, bool clip) : penalty_(penalty), clip_(clip) {}

  void update(TallView<Real> W, TallView<const Real> C, const GramMatrix& G) const override {
    const MatrixXd inverse = pseudo_inverse(G, penalty_.l2);
    Eigen::RowVectorXd c(W.width);
    Eigen::RowVectorXd w(W.width);
    for (Index i = 0; i < W.rows; ++i) {
      for (Index j = 0; j < W.width; ++j) {
        c[j] = static_cast<double>(C.data[i * C.stride + j]) - penalty_.l1;
      }
      w.noalias() = c * inverse;
      for (Index j = 0; j < W.width; ++j) {
        W.row(i)[j] = static_cast<Real>(clip_ ? std::max(0.0, w[j]) : w[j]);
      }
    }
  }

 private:
  FactorPenalty penalty_;
  bool clip_;
};

}  // namespace

template <class Real>
std::unique_ptr<RowRule<Real>> make_least_squares_rule(FactorPenalty penalty) {
  return std::make_unique<LeastSquaresRule<Real>>(penalty, false);
}

template <class Real>
std::unique_ptr<RowRule<Real>> make_clip_rule(FactorPenalty penalty) {
  return std::make_unique<LeastSquaresRule<Real>>(penalty, true);
}

template std::unique_ptr<RowRule<double>> make_least_squares_rule(FactorPenalty);
template std::unique_ptr<RowRule<float>> make_least_squares_rule(FactorPenalty);
template std::unique_ptr<RowRule<double>> make_clip_rule(FactorPenalty);
template std::unique_ptr<RowRule<float>> make_clip_rule(FactorPenalty);

}  // namespace partita
