#pragma once

#include "partita/factorize/result.hpp"

#include <vector>

#include "factorize/matrix/distributed_matrix.hpp"
#include "select/consensus/consensus.hpp"

namespace partita {

/// What restarts agree on, and how X is made of it: each process has its rows of A and its columns
/// of S, transposed.
struct ConsensusFit {
  Index restarts = 0;       ///< that were compared
  Index dropped = 0;        ///< components of them that no cluster has
  double silhouette = 0;    ///< mean over all components that are in clusters
  std::vector<Index> size;  ///< of each cluster
  std::vector<double> cluster_silhouettes;
  std::vector<double> cluster_density;  ///< mean over its members
  TallMatrix<double> medians;           ///< of clusters, each of sum 1: X is about usage · medians
  TallMatrix<double> usage;             ///< exact non-negative least squares of X on the medians
  /// Non-negative least squares of X on the usages, each row of them scaled to sum 1.
  TallMatrix<double> spectra;
  TallMatrix<double> scores;  ///< spectra_scores() on the same usages
};

/// The consensus of the restarts that a fit has kept side by side (FactorizeOptions::average), and
/// the fits of X to it, as cNMF does (Kotliar et al. 2019). The root needs memory for all their S.
/// Every entry of X counts alike. Collective over X.grid().all(). @throws Error (bad_data) if
/// fewer than two restarts came to an end or agree on too little.
template <class Real>
[[nodiscard]] ConsensusFit fit_consensus(const DistributedMatrix<Real>& X, const Factors& factors,
                                         const ConsensusOptions& options);

/// What the root needs for it beside the factors, in bytes.
[[nodiscard]] double consensus_bytes(Index columns, Index components, Index restarts);

}  // namespace partita
