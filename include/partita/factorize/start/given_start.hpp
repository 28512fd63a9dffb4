#pragma once

#include "partita/base/index.hpp"
#include "partita/data/tall_matrix.hpp"

namespace partita {

/// What a caller gives of the factors, by rows, mine of each.
struct GivenStart {
  // A start: A, n_loc x k, and Sᵀ, m_loc x k, for StartKind::given; else empty.
  TallMatrix<double> A;
  TallMatrix<double> S;
  /// So many of the last components are left open by the start: their columns of A are drawn for
  /// every restart, their rows of S are zero.
  Index drawn = 0;
  // What stays as it is: n_loc x options.fixed.A and m_loc x options.fixed.S.
  TallMatrix<double> fixed_A = {};
  TallMatrix<double> fixed_S = {};
};

}  // namespace partita
