#include "select/consensus/spectra_scores.hpp"

#include <Eigen/Dense>

namespace partita {

TallMatrix<double> spectra_scores(const UsageSums& sums) {
  using RowMajorMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Index k = sums.AtA.size();
  const Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixXd> solver(
      Eigen::Map<const RowMajorMatrix>(sums.AtA.data(), k, k));
  TallMatrix<double> scores(sums.XtA.rows(), k);
  Eigen::VectorXd right(k);
  for (Index j = 0; j < scores.rows(); ++j) {
    const double mean = sums.mean[static_cast<std::size_t>(j)];
    const double deviation = sums.deviation[static_cast<std::size_t>(j)];
    if (!(deviation > 0)) continue;
    for (Index c = 0; c < k; ++c) {
      right[c] = (sums.XtA(j, c) - mean * sums.A[static_cast<std::size_t>(c)]) / deviation;
    }
    Eigen::Map<Eigen::VectorXd>(scores.row(j), k) = solver.solve(right);
  }
  return scores;
}

}  // namespace partita
