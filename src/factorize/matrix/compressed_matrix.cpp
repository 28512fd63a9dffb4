#include "factorize/matrix/compressed_matrix.hpp"

#include <memory>

#include "data/blocks/low_rank_block.hpp"
#include "factorize/matrix/linear_map.hpp"
#include "init/range_finder.hpp"

namespace partita {

template <class Real>
DistributedMatrix<Real> compress(const DistributedMatrix<Real>& X, Index rank, std::uint64_t seed) {
  constexpr Index kNoRestart = 0;  // all restarts share it
  const auto [U, V] =
      project_on_range(linear_map(X), rank, RandomField(seed, Purpose::sketch, kNoRestart));
  TallMatrix<Real> space_U;
  TallMatrix<Real> space_V;
  auto block = std::make_unique<LowRankBlock<Real>>(X.gather_A(U, space_U), X.gather_S(V, space_V));
  return {ProcessGrid(X.grid().all(), X.grid().shape()),
          X.layout(),
          std::move(block),
          {.stored = rank * (X.rows() + X.columns()), .squared_norm = X.squared_norm()}};
}

template DistributedMatrix<double> compress(const DistributedMatrix<double>&, Index, std::uint64_t);
template DistributedMatrix<float> compress(const DistributedMatrix<float>&, Index, std::uint64_t);

}  // namespace partita
