#include "factorize/start/drawn_components.hpp"

#include <algorithm>
#include <cmath>

#include "factorize/matrix/gram_over.hpp"

namespace partita {

template <class Real>
void draw_components(const Communicator& comm, Index drawn, const TallMatrix<Real>& uniform,
                     FactorPair<Real>& factors) {
  const Index k = factors.A.width();
  const Index first = k - drawn;
  const GramMatrix known = gram_over(comm, factors.A);
  const GramMatrix of_uniform = gram_over(comm, uniform);
  double mean = 0;
  for (Index j = 0; j < first; ++j) mean += known(j, j) / static_cast<double>(first);
  for (Index j = first; j < k; ++j) {
    const double size = of_uniform(j, j);
    const auto scale = static_cast<Real>(mean > 0 && size > 0 ? std::sqrt(mean / size) : 1);
    for (Index i = 0; i < factors.A.rows(); ++i) factors.A(i, j) = scale * uniform(i, j);
    for (Index i = 0; i < factors.S.rows(); ++i) factors.S(i, j) = 0;
  }
}

template void draw_components(const Communicator&, Index, const TallMatrix<double>&,
                              FactorPair<double>&);
template void draw_components(const Communicator&, Index, const TallMatrix<float>&,
                              FactorPair<float>&);

}  // namespace partita
