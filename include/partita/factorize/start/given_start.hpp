#pragma once

#include "partita/data/tall_matrix.hpp"

namespace partita {

/// Given start: my rows of A (n_loc x k) and of Sᵀ (m_loc x k), for StartKind::given.
struct GivenStart {
  TallMatrix<double> A;
  TallMatrix<double> S;
};

}  // namespace partita
