// Residuals entry by entry, in double whatever the data. A block of the model A T^T is built in
// cache by the register tile of the products and compared with X there.
#include "data/kernels/residual.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include "data/kernels/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "data/kernels/residual.cpp"
#include <hwy/foreach_target.h>
// Highway's own headers come after foreach_target.h.
#include "data/kernels/product_tile-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace partita::kernels::HWY_NAMESPACE {
namespace {

/// Shape of the block of the model held at a time: 24 KB. Rows are a multiple of every tile.
constexpr Index kModelRows = 24;
constexpr Index kModelColumns = 128;

/// Factor windows, with their leading dimensions.
template <typename Real>
struct Factors {
  const Real* A;
  const Real* T;
  Index width;
  Index stride_a;
  Index stride_t;
};

/// Scratch of one evaluation.
struct Model {
  explicit Model(Index width)
      : A(static_cast<std::size_t>(kModelRows * width)),
        T(static_cast<std::size_t>(width * kModelColumns)),
        block(static_cast<std::size_t>(kModelRows * kModelColumns)) {}
  std::vector<double> A;      ///< kModelRows x width
  std::vector<double> T;      ///< width x kModelColumns: the rows of T as columns
  std::vector<double> block;  ///< kModelRows x kModelColumns of A T^T
};

/// T^T for columns j .. j + columns.
template <typename Real>
void set_columns(Model& model, const Factors<Real>& f, Index j, Index columns) {
  for (Index c = 0; c < columns; ++c) {
    const Real* t = f.T + (j + c) * f.stride_t;
    double* to = model.T.data() + c;
    for (Index l = 0; l < f.width; ++l) to[l * kModelColumns] = static_cast<double>(t[l]);
  }
}

/// The block for rows i .. i + rows and the columns last set.
template <typename Real>
void set_block(Model& model, const Factors<Real>& f, Index i, Index rows, Index columns) {
  for (Index r = 0; r < rows; ++r) {
    std::copy_n(f.A + (i + r) * f.stride_a, f.width, model.A.data() + r * f.width);
  }
  const Operands<double> o{model.A.data(),     f.width,      model.T.data(), kModelColumns,
                           model.block.data(), kModelColumns};
  for_each_run_of(o, columns, [&](auto run, const auto& part, Index /*offset*/, Index last) {
    product_run<false>(run, part, rows, f.width, last, true);
  });
}

/// Sum of (x - model)^2 over one row of a block.
template <typename Real>
double row_residual(const Real* HWY_RESTRICT x, const double* HWY_RESTRICT model, Index columns) {
  const hn::ScalableTag<double> d;
  const Index lanes = lanes_of(d);
  hn::Vec<decltype(d)> sum[2] = {hn::Zero(d), hn::Zero(d)};
  Index c = 0;
  for (; c + 2 * lanes <= columns; c += 2 * lanes) {
    PARTITA_UNROLL for (int s = 0; s < 2; ++s) {
      const Index at = c + s * lanes;
      const auto difference = hn::Sub(load_double(d, x + at), hn::LoadU(d, model + at));
      sum[s] = hn::MulAdd(difference, difference, sum[s]);
    }
  }
  double result = hn::GetLane(hn::SumOfLanes(d, hn::Add(sum[0], sum[1])));
  for (; c < columns; ++c) {
    const double difference = static_cast<double>(x[c]) - model[c];
    result += difference * difference;
  }
  return result;
}

/// Sum over all blocks; x_rows(i, rows, j, columns, &stride) gives X there, asked for all i of one
/// j in ascending order before the next j.
template <typename Real, class XRows>
double residual_of_blocks(Index rows, Index columns, const Factors<Real>& f, XRows x_rows) {
  Model model(f.width);
  double total = 0;
  for (Index j = 0; j < columns; j += kModelColumns) {
    const Index width = std::min(kModelColumns, columns - j);
    set_columns(model, f, j, width);
    double strip = 0;
    for (Index i = 0; i < rows; i += kModelRows) {
      const Index height = std::min(kModelRows, rows - i);
      set_block(model, f, i, height, width);
      Index stride = 0;
      const auto* x = x_rows(i, height, j, width, &stride);
      for (Index r = 0; r < height; ++r) {
        strip += row_residual(x + r * stride, model.block.data() + r * kModelColumns, width);
      }
    }
    total += strip;
  }
  return total;
}

template <typename Real>
double residual_dense(const DenseView<Real>& X, const Factors<Real>& f) {
  return residual_of_blocks(X.rows, X.columns, f,
                            [&](Index i, Index, Index j, Index, Index* stride) {
                              *stride = X.stride;
                              return X.data + i * X.stride + j;
                            });
}

/// Blocks of a panel of sparse X written out with their zeros. As they are asked for from left to
/// right, and downwards in each strip of columns, a mark in every segment of the strip tells where
/// its next block begins.
template <typename Real>
class DenseBlocks {
 public:
  explicit DenseBlocks(const PanelView<Real>& X)
      : X_(X), block_(static_cast<std::size_t>(kModelRows * kModelColumns)) {}

  const double* operator()(Index i, Index rows, Index j, Index columns, Index* stride) {
    if (i == 0) begin_strip(j + columns);
    std::fill(block_.begin(), block_.end(), 0.0);
    for (Segment& segment : strip_) {
      for (; segment.next < segment.end && X_.row[segment.next] < i + rows; ++segment.next) {
        const Index r = X_.row[segment.next] - i;
        block_[static_cast<std::size_t>(r * kModelColumns + segment.column - j)] =
            static_cast<double>(X_.value[segment.next]);
      }
    }
    *stride = kModelColumns;
    return block_.data();
  }

 private:
  struct Segment {
    Index column;
    Index next;
    Index end;
  };

  void begin_strip(Index end_of_columns) {
    strip_.clear();
    for (; segment_ < X_.segments && X_.column[segment_] < end_of_columns; ++segment_) {
      strip_.push_back({X_.column[segment_], entry_, entry_ + X_.length[segment_]});
      entry_ += X_.length[segment_];
    }
  }

  PanelView<Real> X_;
  Index segment_ = 0;  ///< the first behind the strip, and its first entry
  Index entry_ = 0;
  std::vector<Segment> strip_;
  std::vector<double> block_;
};

template <typename Real>
double residual_sparse(const PanelView<Real>& X, const Factors<Real>& f) {
  if (X.rows == 0) return 0;
  DenseBlocks<Real> blocks(X);
  return residual_of_blocks(X.rows, X.columns, f,
                            [&](Index i, Index rows, Index j, Index columns, Index* stride) {
                              return blocks(i, rows, j, columns, stride);
                            });
}

template <typename Real>
SparseResidualTerms residual_terms(const PanelView<Real>& X, const Factors<Real>& f) {
  const hn::ScalableTag<double> d;
  const Index lanes = lanes_of(d);
  SparseResidualTerms total;
  Index e = 0;
  for (Index s = 0; s < X.segments; ++s) {
    SparseResidualTerms of_segment;
    const Real* HWY_RESTRICT t = f.T + X.column[s] * f.stride_t;
    for (const Index end = e + X.length[s]; e < end; ++e) {
      const Real* HWY_RESTRICT a = f.A + X.row[e] * f.stride_a;
      auto sum = hn::Zero(d);
      Index l = 0;
      for (; l + lanes <= f.width; l += lanes) {
        sum = hn::MulAdd(load_double(d, a + l), load_double(d, t + l), sum);
      }
      double model = hn::GetLane(hn::SumOfLanes(d, sum));
      for (; l < f.width; ++l) model += static_cast<double>(a[l]) * static_cast<double>(t[l]);
      const double difference = static_cast<double>(X.value[e]) - model;
      of_segment.residual_squared += difference * difference;
      of_segment.model_squared += model * model;
    }
    total.residual_squared += of_segment.residual_squared;
    total.model_squared += of_segment.model_squared;
  }
  return total;
}

}  // namespace

#define PARTITA_KERNELS(Real)                                                           \
  double residual_dense_##Real(const DenseView<Real>& X, const Real* A, const Real* T,  \
                               Index width, Index stride_a, Index stride_t) {           \
    return residual_dense(X, Factors<Real>{A, T, width, stride_a, stride_t});           \
  }                                                                                     \
  double residual_sparse_##Real(const PanelView<Real>& X, const Real* A, const Real* T, \
                                Index width, Index stride_a, Index stride_t) {          \
    return residual_sparse(X, Factors<Real>{A, T, width, stride_a, stride_t});          \
  }                                                                                     \
  SparseResidualTerms residual_terms_##Real(const PanelView<Real>& X, const Real* A,    \
                                            const Real* T, Index width, Index stride_a, \
                                            Index stride_t) {                           \
    return residual_terms(X, Factors<Real>{A, T, width, stride_a, stride_t});           \
  }
PARTITA_FOR_REALS(PARTITA_KERNELS)
#undef PARTITA_KERNELS

}  // namespace partita::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace partita::kernels {

#define PARTITA_DISPATCH(Real)                                                                 \
  HWY_EXPORT(residual_dense_##Real);                                                           \
  HWY_EXPORT(residual_sparse_##Real);                                                          \
  HWY_EXPORT(residual_terms_##Real);                                                           \
  template <>                                                                                  \
  double residual_squared_dense(const DenseView<Real>& X, const Real* A, const Real* T,        \
                                Index width, Index stride_a, Index stride_t) {                 \
    return HWY_DYNAMIC_DISPATCH(residual_dense_##Real)(X, A, T, width, stride_a, stride_t);    \
  }                                                                                            \
  template <>                                                                                  \
  double residual_squared_sparse_exact(const PanelView<Real>& X, const Real* A, const Real* T, \
                                       Index width, Index stride_a, Index stride_t) {          \
    return HWY_DYNAMIC_DISPATCH(residual_sparse_##Real)(X, A, T, width, stride_a, stride_t);   \
  }                                                                                            \
  template <>                                                                                  \
  SparseResidualTerms residual_terms_sparse(const PanelView<Real>& X, const Real* A,           \
                                            const Real* T, Index width, Index stride_a,        \
                                            Index stride_t) {                                  \
    return HWY_DYNAMIC_DISPATCH(residual_terms_##Real)(X, A, T, width, stride_a, stride_t);    \
  }
PARTITA_FOR_REALS(PARTITA_DISPATCH)
#undef PARTITA_DISPATCH

}  // namespace partita::kernels
#endif  // HWY_ONCE
