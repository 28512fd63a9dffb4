#include "data/blocks/low_rank_block.hpp"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "data/blocks/fingerprint.hpp"
#include "data/blocks/gram.hpp"
#include "data/blocks/panels.hpp"
#include "data/kernels/dense_products.hpp"
#include "data/kernels/residual.hpp"

namespace partita {

namespace {

/// Rows that are written out at a time where every entry is needed.
constexpr Index kRowsWrittenOut = 64;

template <class Real>
kernels::DenseView<Real> rows_of(const TallMatrix<Real>& W, Range range) {
  return {W.data() + range.begin * W.width(), range.size(), W.width(), W.width()};
}

template <class Real>
TallMatrix<Real> selected(const TallMatrix<Real>& W, std::span<const Index> list) {
  TallMatrix<Real> chosen(static_cast<Index>(list.size()), W.width());
  for (std::size_t i = 0; i < list.size(); ++i) {
    std::copy_n(W.row(list[i]), W.width(), chosen.row(static_cast<Index>(i)));
  }
  return chosen;
}

/// W w for one row w.
template <class Real>
void combine(const TallMatrix<Real>& W, const Real* w, std::span<Real> out) {
  for (Index i = 0; i < W.rows(); ++i) {
    out[static_cast<std::size_t>(i)] = std::inner_product(w, w + W.width(), W.row(i), Real{0});
  }
}

}  // namespace

template <class Real>
LowRankBlock<Real>::LowRankBlock(TallMatrix<Real> U, TallMatrix<Real> V)
    : U_(std::move(U)), V_(std::move(V)) {}

template <class Real>
Index LowRankBlock<Real>::panel_rows(Index width) const {
  return dense_panel_rows<Real>(rows(), rank(), width);
}

template <class Real>
const TallMatrix<Real>& LowRankBlock<Real>::prepare(const TallMatrix<Real>& T,
                                                    TallMatrix<Real>& space) const {
  space = TallMatrix<Real>(rank(), T.width());
  kernels::add_transposed_times(rows_of(V_, {0, columns()}), T.data(), T.width(), space.data());
  return space;
}

template <class Real>
void LowRankBlock<Real>::times(Range range, const TallMatrix<Real>& prepared_T, Real* P) const {
  kernels::times(rows_of(U_, range), prepared_T.data(), prepared_T.width(), P);
}

template <class Real>
void LowRankBlock<Real>::add_transposed_times(Range range, const Real* A,
                                              TallMatrix<Real>& sum) const {
  kernels::add_transposed_times(rows_of(U_, range), A, sum.width(), sum.data());
}

template <class Real>
void LowRankBlock<Real>::complete(TallMatrix<Real>& sum) const {
  TallMatrix<Real> product(columns(), sum.width());
  kernels::times(rows_of(V_, {0, columns()}), sum.data(), sum.width(), product.data());
  sum = std::move(product);
}

template <class Real>
double LowRankBlock<Real>::squared_norm() const {
  return product_squared_norm(whole(U_), whole(V_));
}

template <class Real>
double LowRankBlock<Real>::residual_squared(TallView<const Real> A, TallView<const Real> T) const {
  std::vector<Real> written(static_cast<std::size_t>(kRowsWrittenOut * columns()));
  double sum = 0;
  for (Index begin = 0; begin < rows(); begin += kRowsWrittenOut) {
    const Index count = std::min(kRowsWrittenOut, rows() - begin);
    for (Index i = 0; i < count; ++i) {
      write_row(begin + i, std::span(written).subspan(static_cast<std::size_t>(i * columns()),
                                                      static_cast<std::size_t>(columns())));
    }
    sum += kernels::residual_squared_dense<Real>({written.data(), count, columns(), columns()},
                                                 A.data + begin * A.stride, T.data, A.width,
                                                 A.stride, T.stride);
  }
  return sum;
}

/// Row i, written out.
template <class Real>
void LowRankBlock<Real>::write_row(Index i, std::span<Real> out) const {
  combine(V_, U_.row(i), out);
}

template class LowRankBlock<double>;
template class LowRankBlock<float>;

}  // namespace partita
