#include "factorize/matrix/column_residual.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <span>

#include "comm/collectives.hpp"

namespace partita {

template <class Real>
std::vector<double> residual_of_column(const DistributedMatrix<Real>& X, TallView<const Real> A,
                                       TallView<const Real> S, Index column) {
  const ProcessGrid& grid = X.grid();
  std::vector<double> s(static_cast<std::size_t>(S.width), 0.0);
  const Range my_columns = X.factor_columns();
  if (my_columns.contains(column)) {
    std::copy_n(S.row(column - my_columns.begin), S.width, s.begin());
  }
  sum_over(grid.all(), std::span<double>(s));

  // The column's values lie on one process of each grid row.
  std::vector<Real> x(static_cast<std::size_t>(X.block_rows().size()));
  if (X.block_columns().contains(column)) {
    copy_column(X.block(), column - X.block_columns().begin, std::span(x));
  }
  const Index holder = X.layout().grid_column(X.layout().owner({0}, {column}));
  broadcast(grid.same_row(), std::span<Real>(x), static_cast<int>(holder));

  const Index first = X.factor_rows().begin - X.block_rows().begin;
  std::vector<double> residual(static_cast<std::size_t>(A.rows));
  for (Index i = 0; i < A.rows; ++i) {
    const double model =
        std::transform_reduce(s.begin(), s.end(), A.row(i), 0.0, std::plus<>(),
                              [](double u, Real v) { return u * static_cast<double>(v); });
    residual[static_cast<std::size_t>(i)] =
        static_cast<double>(x[static_cast<std::size_t>(first + i)]) - model;
  }
  return residual;
}

template std::vector<double> residual_of_column(const DistributedMatrix<double>&,
                                                TallView<const double>, TallView<const double>,
                                                Index);
template std::vector<double> residual_of_column(const DistributedMatrix<float>&,
                                                TallView<const float>, TallView<const float>,
                                                Index);

}  // namespace partita
