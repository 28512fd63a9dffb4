#include "data/blocks/masked_block.hpp"

#include "partita/base/error.hpp"

#include "data/kernels/reductions.hpp"

namespace partita {

template <class Real>
MaskedBlock<Real>::MaskedBlock(const Block<Real>& block,
                               std::shared_ptr<const EntryRows<Real>> without)
    : block_(block), without_(std::move(without)) {
  if (block.is_sparse() || without_->rows() != block.rows()) {
    throw Error(ErrorKind::internal, "a mask is of every row of a dense block");
  }
  this->set_unit(block.unit());
}

template <class Real>
void MaskedBlock<Real>::times(Range range, const TallMatrix<Real>& T, Real* P) const {
  block_.times(range, T, P);
  for (Index i = range.begin; i < range.end; ++i) {
    const EntryRow<Real> row = row_of(*without_, i);
    Real* const p = P + (i - range.begin) * T.width();
    for (std::size_t e = 0; e < row.size(); ++e) {
      const Real* const t = T.row(row.columns[e]);
      for (Index l = 0; l < T.width(); ++l) p[l] -= row.values[e] * t[l];
    }
  }
}

template <class Real>
void MaskedBlock<Real>::add_transposed_times(Range range, const Real* A,
                                             TallMatrix<Real>& sum) const {
  block_.add_transposed_times(range, A, sum);
  for (Index i = range.begin; i < range.end; ++i) {
    const EntryRow<Real> row = row_of(*without_, i);
    const Real* const a = A + (i - range.begin) * sum.width();
    for (std::size_t e = 0; e < row.size(); ++e) {
      Real* const q = sum.row(row.columns[e]);
      for (Index l = 0; l < sum.width(); ++l) q[l] -= row.values[e] * a[l];
    }
  }
}

template <class Real>
double MaskedBlock<Real>::squared_norm() const {
  return block_.squared_norm() - weighted_squared_norm(*without_);
}

template <class Real>
double MaskedBlock<Real>::residual_squared(TallView<const Real> A, TallView<const Real> T) const {
  double sum = block_.residual_squared(A, T);
  for (Index i = 0; i < rows(); ++i) {
    const EntryRow<Real> row = row_of(*without_, i);
    for (std::size_t e = 0; e < row.size(); ++e) {
      const double model =
          kernels::dot(A.row(i), T.row(row.columns[e]), 1, A.width, A.stride, T.stride);
      const auto value = static_cast<double>(row.values[e]);
      sum -= value * (value - 2 * model);
    }
  }
  return sum;
}

template class MaskedBlock<double>;
template class MaskedBlock<float>;

}  // namespace partita
