#pragma once

#include "partita/data/tall_matrix.hpp"

namespace partita {

/// My rows of both factors; S is stored transposed.
template <class Real>
struct FactorPair {
  TallMatrix<Real> A;  ///< n_loc x k
  TallMatrix<Real> S;  ///< m_loc x k
};

}  // namespace partita
