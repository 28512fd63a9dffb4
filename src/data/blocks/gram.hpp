#pragma once

#include <cstddef>
#include <vector>

#include "data/blocks/block.hpp"
#include "data/kernels/exact_sums.hpp"
#include "data/kernels/reductions.hpp"

namespace partita {

/// WᵀW.
template <class Real>
[[nodiscard]] GramMatrix gram_of(TallView<const Real> W) {
  GramMatrix G(W.width);
  kernels::gram(W.data, W.rows, W.width, W.stride, G.data());
  return G;
}

/// ||A Tᵀ||² = <AᵀA, TᵀT>, without forming A Tᵀ.
template <class Real>
[[nodiscard]] double product_squared_norm(TallView<const Real> A, TallView<const Real> T) {
  return inner_product(gram_of(A), gram_of(T));
}

/// The same to about 32 digits.
template <class Real>
[[nodiscard]] DoubleDouble product_squared_norm_exact(TallView<const Real> A,
                                                      TallView<const Real> T) {
  const auto size = static_cast<std::size_t>(A.width * A.width);
  std::vector<DoubleDouble> of_A(size);
  std::vector<DoubleDouble> of_T(size);
  kernels::gram_exact(A.data, A.rows, A.width, A.stride, of_A.data());
  kernels::gram_exact(T.data, T.rows, T.width, T.stride, of_T.data());
  DoubleDouble sum;
  for (std::size_t e = 0; e < size; ++e) sum = sum + of_A[e] * of_T[e];
  return sum;
}

}  // namespace partita
