// X T and X^T A for dense X: cache blocking around the register tile.
#include "data/kernels/dense_products.hpp"

#include <algorithm>
#include <new>

#include "data/kernels/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "data/kernels/dense_products.cpp"
#include <hwy/foreach_target.h>
// Highway's own headers come after foreach_target.h.
#include <hwy/aligned_allocator.h>

#include "data/kernels/product_tile-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace partita::kernels::HWY_NAMESPACE {
namespace {

// How rounding happens depends on the steps that are summed at a time, so those of X T may depend
// on its width and on the columns of X, but neither on the number of rows nor on the machine.

template <typename Real>
constexpr Index bytes_of(Index count) {
  return count * static_cast<Index>(sizeof(Real));
}

/// Whether a copy of each run of vectors pays: the rows of a wide factor are so far apart that they
/// meet in few sets of the L1 cache.
template <typename Real>
constexpr bool is_wide(Index width) {
  return bytes_of<Real>(width) > 256;
}
/// Steps of a factor at a time.
constexpr Index kNarrowSteps = 1024;
constexpr Index kWideSteps = 192;
/// From here on X^T A reads and writes so much of Q for each slice of X that copies of longer ones
/// cost less.
template <typename Real>
constexpr bool is_very_wide(Index width) {
  return bytes_of<Real>(width) >= 1024;
}

/// Columns summed at a time, so that their rows of T stay in the L2 cache; about as many each time.
template <typename Real>
Index columns_at_once(Index columns, Index width) {
  const Index most = is_wide<Real>(width) ? kWideSteps : kNarrowSteps;
  const Index times = std::max<Index>((columns + most - 1) / most, 1);
  return (columns + times - 1) / times;
}

/// Rows of which the products stay in the L2 cache while all columns are summed; of a wide factor,
/// rows of which the slice of X does, as every run of vectors reads it.
template <typename Real>
Index rows_of_product(Index width) {
  const Index touched = is_wide<Real>(width) ? kWideSteps : width;
  return kChunk * std::max<Index>(768 * 1024 / bytes_of<Real>(kChunk * touched), 1);
}

/// Rows summed at a time in X^T A. Every row is a stream on its own page; with many more than this
/// the hardware prefetcher loses them and the TLB overflows.
constexpr Index kRowsAtOnce = 48;
/// The same for a wide Q, which costs as much to read and write as some dozens of rows.
constexpr Index kWideRows = 192;

/// Steps that a copy of a run has at most.
constexpr Index kCopiedSteps = std::max(kWideSteps, kWideRows);

/// for_each_run_of over some steps; the runs of a wide factor see a copy of their part of it.
template <typename Real, class Walk>
void for_each_copied_run(const Operands<Real>& o, Index width, Index steps, const Walk& walk) {
  if (!is_wide<Real>(width)) {
    for_each_run_of(o, width, walk);
    return;
  }
  constexpr Index kLanes = lanes_of(hn::ScalableTag<Real>());
  HWY_ALIGN Real copy[kCopiedSteps * kMaxVectors * kLanes];
  for_each_run_of(o, width, [&](auto run, Operands<Real> part, Index offset, Index last) {
    constexpr Index kLength = run.kLength * kLanes;
    for (Index s = 0; s < steps; ++s) {
      std::copy_n(part.factor + s * part.factor_stride, kLength - kLanes + last,
                  copy + s * kLength);
    }
    part.factor = copy;
    part.factor_stride = kLength;
    walk(run, part, offset, last);
  });
}

template <typename Real>
void times_rows(const DenseView<Real>& X, const Real* T, Index width, Real* P) {
  const Index at_once = columns_at_once<Real>(X.columns, width);
  for (Index j = 0; j < X.columns; j += at_once) {
    const Index steps = std::min(at_once, X.columns - j);
    const Operands<Real> all{X.data + j, X.stride, T + j * width, width, P, width};
    for_each_copied_run(all, width, steps, [&](auto run, Operands<Real> o, Index, Index last) {
      for (Index i = 0; i < X.rows; i += kChunk) {
        product_run<false>(run, o, std::min(kChunk, X.rows - i), steps, last, j == 0);
        o.x += kChunk * o.x_stride;
        o.out += kChunk * o.out_stride;
      }
    });
  }
}

template <typename Real>
void times_dense(const DenseView<Real>& X, const Real* T, Index width, Real* P) {
  if (X.columns == 0) std::fill_n(P, X.rows * width, Real(0));
  const Index at_once = rows_of_product<Real>(width);
  for (Index i = 0; i < X.rows; i += at_once) {
    const DenseView<Real> some{X.data + i * X.stride, std::min(at_once, X.rows - i), X.columns,
                               X.stride};
    times_rows(some, T, width, P + i * width);
  }
}

/// Columns of which the copy stays in the L2 cache, beside that of a run of A.
constexpr Index kWideColumns = 8 * kChunk;

/// Copies rows of X, a chunk of columns after the other.
template <typename Real>
void copy_chunks(const DenseView<Real>& X, Real* HWY_RESTRICT to) {
  for (Index i = 0; i < X.rows; ++i) {
    const Real* x = X.data + i * X.stride;
    for (Index j = 0; j < X.columns; j += kChunk) {
      std::copy_n(x + j, std::min(kChunk, X.columns - j), to + j * X.rows + i * kChunk);
    }
  }
}

/// Q += X^T A over some rows and columns, for a wide factor: from copies of X and of the runs of A,
/// as their rows are so far apart that they meet in few sets of the caches and many pages.
template <typename Real>
void add_from_copies(const DenseView<Real>& X, const Real* A, Index width, Real* Q, Real* copy) {
  copy_chunks(X, copy);
  const Operands<Real> all{copy, kChunk, A, width, Q, width};
  for_each_copied_run(all, width, X.rows, [&](auto run, Operands<Real> o, Index, Index last) {
    for (Index j = 0; j < X.columns; j += kChunk) {
      product_run<true>(run, o, std::min(kChunk, X.columns - j), X.rows, last, false);
      o.x += X.rows * kChunk;
      o.out += kChunk * o.out_stride;
    }
  });
}

/// Q += X^T A over a few rows.
template <typename Real>
void add_rows(const DenseView<Real>& X, const Real* A, Index width, Real* Q) {
  for (Index j = 0; j < X.columns; j += kChunk) {
    const Operands<Real> some{X.data + j, X.stride, A, width, Q + j * width, width};
    for_each_run_of(some, width, [&](auto run, const auto& o, Index /*offset*/, Index last) {
      product_run<true>(run, o, std::min(kChunk, X.columns - j), X.rows, last, false);
    });
  }
}

template <typename Real>
void add_very_wide(const DenseView<Real>& X, const Real* A, Index width, Real* Q) {
  const auto copy = hwy::AllocateAligned<Real>(kWideRows * kWideColumns);
  if (copy == nullptr) throw std::bad_alloc();
  for (Index i = 0; i < X.rows; i += kWideRows) {
    for (Index j = 0; j < X.columns; j += kWideColumns) {
      const DenseView<Real> some{X.data + i * X.stride + j, std::min(kWideRows, X.rows - i),
                                 std::min(kWideColumns, X.columns - j), X.stride};
      add_from_copies(some, A + i * width, width, Q + j * width, copy.get());
    }
  }
}

template <typename Real>
void transposed_dense(const DenseView<Real>& X, const Real* A, Index width, Real* Q) {
  if (is_very_wide<Real>(width)) {
    add_very_wide(X, A, width, Q);
    return;
  }
  for (Index i = 0; i < X.rows; i += kRowsAtOnce) {
    const DenseView<Real> some{X.data + i * X.stride, std::min(kRowsAtOnce, X.rows - i), X.columns,
                               X.stride};
    add_rows(some, A + i * width, width, Q);
  }
}

}  // namespace

#define PARTITA_KERNELS(Real)                                                                   \
  void dense_times_##Real(const DenseView<Real>& X, const Real* T, Index width, Real* P) {      \
    times_dense(X, T, width, P);                                                                \
  }                                                                                             \
  void dense_transposed_##Real(const DenseView<Real>& X, const Real* A, Index width, Real* Q) { \
    transposed_dense(X, A, width, Q);                                                           \
  }
PARTITA_FOR_REALS(PARTITA_KERNELS)
#undef PARTITA_KERNELS

}  // namespace partita::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace partita::kernels {

#define PARTITA_DISPATCH(Real)                                                               \
  HWY_EXPORT(dense_times_##Real);                                                            \
  HWY_EXPORT(dense_transposed_##Real);                                                       \
  template <>                                                                                \
  void times(const DenseView<Real>& X, const Real* T, Index width, Real* P) {                \
    HWY_DYNAMIC_DISPATCH(dense_times_##Real)(X, T, width, P);                                \
  }                                                                                          \
  template <>                                                                                \
  void add_transposed_times(const DenseView<Real>& X, const Real* A, Index width, Real* Q) { \
    HWY_DYNAMIC_DISPATCH(dense_transposed_##Real)(X, A, width, Q);                           \
  }
PARTITA_FOR_REALS(PARTITA_DISPATCH)
#undef PARTITA_DISPATCH

}  // namespace partita::kernels
#endif  // HWY_ONCE
