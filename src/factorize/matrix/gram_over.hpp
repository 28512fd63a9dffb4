#pragma once

#include "comm/collectives.hpp"
#include "data/blocks/gram.hpp"

namespace partita {

/// WᵀW of a factor whose rows the processes of `comm` own between them. Collective over `comm`.
template <class Real>
[[nodiscard]] GramMatrix gram_over(const Communicator& comm, const TallMatrix<Real>& W) {
  GramMatrix G = gram_of(whole(W));
  sum_over(comm, G.values());
  return G;
}

}  // namespace partita
