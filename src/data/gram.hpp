#pragma once

#include "partita/data/block.hpp"
#include "partita/data/kernels.hpp"

namespace partita {

/// WᵀW.
template <class Real>
[[nodiscard]] GramMatrix gram_of(TallView<Real> W) {
  GramMatrix G(W.width);
  kernels::gram(W.data, W.rows, W.width, W.stride, G.data());
  return G;
}

/// ||A Tᵀ||² = <AᵀA, TᵀT>, without forming A Tᵀ.
template <class Real>
[[nodiscard]] double product_squared_norm(TallView<Real> A, TallView<Real> T) {
  return inner_product(gram_of(A), gram_of(T));
}

}  // namespace partita
