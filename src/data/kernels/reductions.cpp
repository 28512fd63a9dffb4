// Gram matrices, inner products and norms of tall factors, all summed in double.
#include "data/kernels/reductions.hpp"

#include <algorithm>
#include <memory>

#include "data/kernels/targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "data/kernels/reductions.cpp"
#include <hwy/foreach_target.h>
// Highway's own headers come after foreach_target.h.
#include "data/kernels/product_tile-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace partita::kernels::HWY_NAMESPACE {
namespace {

/// Rows summed in registers before they are added to G.
constexpr Index kGramRows = 64;

/// Narrow runs, so that little of the lower triangle is formed with the upper, and tiles that leave
/// nothing over at the usual widths.
constexpr int kGramVectors = 2;
constexpr int kGramPositions = kManyRegisters ? 8 : 4;

template <int V, bool kPartial>
HWY_NOINLINE void gram_run(Run<V, kPartial> /*run*/, const Operands<double>& o, Index positions,
                           Index rows, Index last) {
  product_strip<V, kGramPositions, kPartial, true>(o, positions, rows, last, false);
}

/// Upper triangle of G += UᵀW over a few rows, with some of the lower where runs overlap it.
void add_product_rows(const double* U, const double* W, Index rows, Index width, Index stride,
                      double* G) {
  const hn::ScalableTag<double> d;
  for_each_run<kGramVectors>(d, width, [&](auto run, Index offset, Index last) {
    const Operands<double> o{U, stride, W + offset, stride, G + offset, width};
    gram_run(run, o, std::min(width, offset + kGramVectors * lanes_of(d)), rows, last);
  });
}

/// The rows as doubles with leading dimension width: in `scratch`, or where they are.
const double* as_double(const double* W, Index /*rows*/, Index /*width*/, Index* /*stride*/,
                        double* /*scratch*/) {
  return W;
}
const double* as_double(const float* W, Index rows, Index width, Index* stride, double* scratch) {
  for (Index i = 0; i < rows; ++i) std::copy_n(W + i * *stride, width, scratch + i * width);
  *stride = width;
  return scratch;
}

template <typename Real>
void gram_of(const Real* W, Index rows, Index width, Index stride, double* G) {
  std::fill_n(G, width * width, 0.0);
  const bool converts = sizeof(Real) != sizeof(double);
  const auto scratch =
      std::make_unique<double[]>(converts ? static_cast<std::size_t>(kGramRows * width) : 0);
  for (Index i = 0; i < rows; i += kGramRows) {
    const Index some = std::min(kGramRows, rows - i);
    Index leading = stride;
    const double* part = as_double(W + i * stride, some, width, &leading, scratch.get());
    add_product_rows(part, part, some, width, leading, G);
  }
  for (Index j = 0; j < width; ++j) {
    for (Index l = 0; l < j; ++l) G[j * width + l] = G[l * width + j];
  }
}

/// Sum of a_i b_i over a run, in four interleaved sums.
template <typename Real>
double dot_run(const Real* HWY_RESTRICT a, const Real* HWY_RESTRICT b, Index count) {
  const hn::ScalableTag<double> d;
  const Index lanes = lanes_of(d);
  hn::Vec<decltype(d)> sum[4] = {hn::Zero(d), hn::Zero(d), hn::Zero(d), hn::Zero(d)};
  Index i = 0;
  for (; i + 4 * lanes <= count; i += 4 * lanes) {
    PARTITA_UNROLL for (int s = 0; s < 4; ++s) {
      sum[s] =
          hn::MulAdd(load_double(d, a + i + s * lanes), load_double(d, b + i + s * lanes), sum[s]);
    }
  }
  for (; i + lanes <= count; i += lanes) {
    sum[0] = hn::MulAdd(load_double(d, a + i), load_double(d, b + i), sum[0]);
  }
  const auto total = hn::Add(hn::Add(sum[0], sum[1]), hn::Add(sum[2], sum[3]));
  double result = hn::GetLane(hn::SumOfLanes(d, total));
  for (; i < count; ++i) result += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return result;
}

/// Values summed at a time: long sums are built from partial sums, to keep rounding small.
constexpr Index kRunLength = 4096;

template <typename Real>
double dot_long(const Real* a, const Real* b, Index count) {
  double sum = 0;
  for (Index i = 0; i < count; i += kRunLength) {
    sum += dot_run(a + i, b + i, std::min(kRunLength, count - i));
  }
  return sum;
}

template <typename Real>
double dot_of(const Real* a, const Real* b, Index rows, Index width, Index stride_a,
              Index stride_b) {
  if (stride_a == width && stride_b == width) return dot_long(a, b, rows * width);
  double sum = 0;
  for (Index i = 0; i < rows; ++i) sum += dot_run(a + i * stride_a, b + i * stride_b, width);
  return sum;
}

/// A row of H in doubles, and times its scale; c += gain h.
template <typename Real>
HWY_INLINE void take_equation(const Real* HWY_RESTRICT h, Index k, double scale, double gain,
                              double* HWY_RESTRICT row, double* HWY_RESTRICT scaled,
                              double* HWY_RESTRICT c) {
  const hn::ScalableTag<double> d;
  const Index lanes = lanes_of(d);
  Index a = 0;
  for (; a + lanes <= k; a += lanes) {
    const auto value = load_double(d, h + a);
    hn::StoreU(value, d, row + a);
    hn::StoreU(hn::Mul(value, hn::Set(d, scale)), d, scaled + a);
    hn::StoreU(hn::MulAdd(value, hn::Set(d, gain), hn::LoadU(d, c + a)), d, c + a);
  }
  for (; a < k; ++a) {
    row[a] = static_cast<double>(h[a]);
    scaled[a] = scale * row[a];
    c[a] += gain * row[a];
  }
}

template <typename Real>
void equations(const Real* H, Index stride, Index k, const std::int32_t* rows, Index count,
               const double* scales, const double* gains, double* space, double* G, double* c) {
  double* const gathered = space;
  double* const scaled = space + count * k;
  for (Index e = 0; e < count; ++e) {
    take_equation(H + rows[e] * stride, k, scales[e], gains[e], gathered + e * k, scaled + e * k,
                  c);
  }
  for (Index i = 0; i < count; i += kGramRows) {
    const Index some = std::min(kGramRows, count - i);
    add_product_rows(scaled + i * k, gathered + i * k, some, k, k, G);
  }
}

template <typename Real>
double squared_products(const Real* H, Index stride, Index k, const std::int32_t* rows, Index count,
                        const Real* w) {
  double sum = 0;
  for (Index e = 0; e < count; ++e) {
    const double product = dot_run(w, H + rows[e] * stride, k);
    sum += product * product;
  }
  return sum;
}

}  // namespace

#define PARTITA_KERNELS(Real)                                                                    \
  void gram_##Real(const Real* W, Index rows, Index width, Index stride, double* G) {            \
    gram_of(W, rows, width, stride, G);                                                          \
  }                                                                                              \
  double dot_##Real(const Real* a, const Real* b, Index rows, Index width, Index stride_a,       \
                    Index stride_b) {                                                            \
    return dot_of(a, b, rows, width, stride_a, stride_b);                                        \
  }                                                                                              \
  double squared_products_##Real(const Real* H, Index stride, Index k, const std::int32_t* rows, \
                                 Index count, const Real* w) {                                   \
    return squared_products(H, stride, k, rows, count, w);                                       \
  }                                                                                              \
  void equations_##Real(const Real* H, Index stride, Index k, const std::int32_t* rows,          \
                        Index count, const double* scales, const double* gains, double* space,   \
                        double* G, double* c) {                                                  \
    equations(H, stride, k, rows, count, scales, gains, space, G, c);                            \
  }
PARTITA_FOR_REALS(PARTITA_KERNELS)
#undef PARTITA_KERNELS

}  // namespace partita::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace partita::kernels {

#define PARTITA_DISPATCH(Real)                                                                    \
  HWY_EXPORT(gram_##Real);                                                                        \
  HWY_EXPORT(dot_##Real);                                                                         \
  HWY_EXPORT(squared_products_##Real);                                                            \
  template <>                                                                                     \
  double sum_of_squared_products(const Real* H, Index stride, Index k, const std::int32_t* rows,  \
                                 Index count, const Real* w) {                                    \
    return HWY_DYNAMIC_DISPATCH(squared_products_##Real)(H, stride, k, rows, count, w);           \
  }                                                                                               \
  HWY_EXPORT(equations_##Real);                                                                   \
  template <>                                                                                     \
  void add_equations(const Real* H, Index stride, Index k, const std::int32_t* rows, Index count, \
                     const double* scales, const double* gains, double* space, double* G,         \
                     double* c) {                                                                 \
    HWY_DYNAMIC_DISPATCH(equations_##Real)                                                        \
    (H, stride, k, rows, count, scales, gains, space, G, c);                                      \
  }                                                                                               \
  template <>                                                                                     \
  void gram(const Real* W, Index rows, Index width, Index stride, double* G) {                    \
    HWY_DYNAMIC_DISPATCH(gram_##Real)(W, rows, width, stride, G);                                 \
  }                                                                                               \
  template <>                                                                                     \
  double dot(const Real* a, const Real* b, Index rows, Index width, Index stride_a,               \
             Index stride_b) {                                                                    \
    return HWY_DYNAMIC_DISPATCH(dot_##Real)(a, b, rows, width, stride_a, stride_b);               \
  }                                                                                               \
  template <>                                                                                     \
  double squared_norm(const Real* a, Index count) {                                               \
    return HWY_DYNAMIC_DISPATCH(dot_##Real)(a, a, 1, count, count, count);                        \
  }
PARTITA_FOR_REALS(PARTITA_DISPATCH)
#undef PARTITA_DISPATCH

}  // namespace partita::kernels
#endif  // HWY_ONCE
