#pragma once

#include <Eigen/Core>

#include "init/starts.hpp"

namespace partita {

/// An approximation U Vᵀ of a linear map; both factors lie spread like A and S.
template <class Real>
struct LowRankFactors {
  TallMatrix<Real> U;  ///< orthonormal columns, where the map has so many directions; else zeros
  TallMatrix<Real> V;  ///< XᵀU
};

/// Columns beyond the rank wanted, with which a randomized range is accurate.
inline constexpr Index kOversampling = 10;

/// The range of X caught by `width` normal vectors and two power steps, and X projected on it:
/// U Uᵀ X ~ X. Six products with X. Collective over the processes that hold X. Halko, Martinsson &
/// Tropp 2011.
template <class Real>
[[nodiscard]] LowRankFactors<Real> project_on_range(const LinearMap<Real>& X, Index width,
                                                    const RandomField& field);

/// WᵀW over all processes.
template <class Real>
[[nodiscard]] Eigen::MatrixXd gram_over_processes(const LinearMap<Real>& X,
                                                  const TallMatrix<Real>& W);
/// W M for a small M.
template <class Real>
[[nodiscard]] TallMatrix<Real> times_small(const TallMatrix<Real>& W, const Eigen::MatrixXd& M);

}  // namespace partita
