// Sums of products in double-double arithmetic, across vectors: what is left of their difference is
// right even where they agree to nearly all digits. Compiled without contraction of a * b + c,
// which would round otherwise than the corrections expect.
#include "data/kernels/exact_sums.hpp"

#include <algorithm>
#include <vector>

#include "data/kernels/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "data/kernels/exact_sums.cpp"
#include <hwy/foreach_target.h>
// Highway's own headers come after foreach_target.h.
#include "data/kernels/vectors-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace partita::kernels::HWY_NAMESPACE {
namespace {

using D = hn::ScalableTag<double>;
using V = hn::Vec<D>;
constexpr Index kLanes = lanes_of(D());

/// Lanes of sums, high and low parts.
struct Sums {
  V high;
  V low;
};

/// Upper half of the digits. Dekker 1971.
HWY_INLINE V upper_digits(V a) {
  const V scaled = hn::Mul(a, hn::Set(D(), 134217729.0));
  return hn::Sub(scaled, hn::Sub(scaled, a));
}

/// What a * b loses when it is rounded to `product`.
HWY_INLINE V lost_in_product(V a, V b, V product) {
#if HWY_NATIVE_FMA
  return hn::MulSub(a, b, product);
#else
  const V a1 = upper_digits(a);
  const V a2 = hn::Sub(a, a1);
  const V b1 = upper_digits(b);
  const V b2 = hn::Sub(b, b1);
  const V rest = hn::Sub(product, hn::Mul(a1, b1));
  return hn::Sub(hn::Mul(a2, b2), hn::Sub(hn::Sub(rest, hn::Mul(a2, b1)), hn::Mul(a1, b2)));
#endif
}

/// sums += a * b.
HWY_INLINE void add_product(V a, V b, Sums& sums) {
  const V product = hn::Mul(a, b);
  const V lost = lost_in_product(a, b, product);
  const V sum = hn::Add(sums.high, product);
  const V of_product = hn::Sub(sum, sums.high);
  const V rounding =
      hn::Add(hn::Sub(sums.high, hn::Sub(sum, of_product)), hn::Sub(product, of_product));
  const V low = hn::Add(hn::Add(rounding, lost), sums.low);
  sums.high = hn::Add(sum, low);
  sums.low = hn::Sub(low, hn::Sub(sums.high, sum));
}

HWY_INLINE DoubleDouble total(const Sums& sums) {
  HWY_ALIGN double high[kLanes];
  HWY_ALIGN double low[kLanes];
  hn::Store(sums.high, D(), high);
  hn::Store(sums.low, D(), low);
  DoubleDouble sum;
  for (Index lane = 0; lane < kLanes; ++lane) sum = sum + DoubleDouble{high[lane], low[lane]};
  return sum;
}

/// A row as doubles, with zeros up to whole vectors.
class PaddedRow {
 public:
  explicit PaddedRow(Index width)
      : width_(width), values_(static_cast<std::size_t>(padded(width)), 0.0) {}
  static constexpr Index padded(Index width) { return (width + kLanes - 1) / kLanes * kLanes; }

  template <typename Real>
  const double* set(const Real* row) {
    std::copy_n(row, width_, values_.data());
    return values_.data();
  }

 private:
  Index width_;
  std::vector<double> values_;
};

template <typename Real>
void sums_of_products(const Real* W, Index rows, Index width, Index stride, DoubleDouble* G) {
  const Index across = PaddedRow::padded(width);
  PaddedRow padded(width);
  std::vector<double> high(static_cast<std::size_t>(width * across), 0.0);
  std::vector<double> low(high.size(), 0.0);
  for (Index i = 0; i < rows; ++i) {
    const double* const row = padded.set(W + i * stride);
    for (Index j = 0; j < width; ++j) {
      const V factor = hn::Set(D(), row[j]);
      for (Index l = 0; l < across; l += kLanes) {
        double* const high_here = high.data() + j * across + l;
        double* const low_here = low.data() + j * across + l;
        Sums sums{hn::LoadU(D(), high_here), hn::LoadU(D(), low_here)};
        add_product(factor, hn::LoadU(D(), row + l), sums);
        hn::StoreU(sums.high, D(), high_here);
        hn::StoreU(sums.low, D(), low_here);
      }
    }
  }
  for (Index j = 0; j < width; ++j) {
    for (Index l = 0; l < width; ++l) {
      const auto at = static_cast<std::size_t>(j * across + l);
      G[j * width + l] = {high[at], low[at]};
    }
  }
}

template <typename Real>
DoubleDouble sum_of_squares(const PanelView<Real>& X, const Real* A, const Real* T, Index width,
                            Index stride_a, Index stride_t) {
  const Index across = PaddedRow::padded(width);
  PaddedRow of_A(width);
  PaddedRow of_T(width);
  DoubleDouble sum;
  Index e = 0;
  for (Index s = 0; s < X.segments; ++s) {
    const double* const t = of_T.set(T + X.column[s] * stride_t);
    for (const Index end = e + X.length[s]; e < end; ++e) {
      const double* const a = of_A.set(A + X.row[e] * stride_a);
      Sums sums{hn::Zero(D()), hn::Zero(D())};
      for (Index l = 0; l < across; l += kLanes) {
        add_product(hn::LoadU(D(), a + l), hn::LoadU(D(), t + l), sums);
      }
      const DoubleDouble model = total(sums);
      sum = sum + model * model;
    }
  }
  return sum;
}

}  // namespace

#define PARTITA_KERNELS(Real)                                                                     \
  void gram_exact_##Real(const Real* W, Index rows, Index width, Index stride, DoubleDouble* G) { \
    sums_of_products(W, rows, width, stride, G);                                                  \
  }                                                                                               \
  DoubleDouble model_exact_##Real(const PanelView<Real>& X, const Real* A, const Real* T,         \
                                  Index width, Index stride_a, Index stride_t) {                  \
    return sum_of_squares(X, A, T, width, stride_a, stride_t);                                    \
  }
PARTITA_FOR_REALS(PARTITA_KERNELS)
#undef PARTITA_KERNELS

}  // namespace partita::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace partita::kernels {

#define PARTITA_DISPATCH(Real)                                                             \
  HWY_EXPORT(gram_exact_##Real);                                                           \
  HWY_EXPORT(model_exact_##Real);                                                          \
  template <>                                                                              \
  void gram_exact(const Real* W, Index rows, Index width, Index stride, DoubleDouble* G) { \
    HWY_DYNAMIC_DISPATCH(gram_exact_##Real)(W, rows, width, stride, G);                    \
  }                                                                                        \
  template <>                                                                              \
  DoubleDouble model_squared_exact(const PanelView<Real>& X, const Real* A, const Real* T, \
                                   Index width, Index stride_a, Index stride_t) {          \
    return HWY_DYNAMIC_DISPATCH(model_exact_##Real)(X, A, T, width, stride_a, stride_t);   \
  }
PARTITA_FOR_REALS(PARTITA_DISPATCH)
#undef PARTITA_DISPATCH

}  // namespace partita::kernels
#endif  // HWY_ONCE
