// Sums over the entries of one row of X, vectorised across the entries.
#include "update/row_tile.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "data/kernels/targets.hpp"

#ifndef PARTITA_UPDATE_ROW_TILE_PARTS
#define PARTITA_UPDATE_ROW_TILE_PARTS
namespace partita::kernels {

/// What take() reads and fills, for one row; counts are of whole vectors but for `count`.
template <typename Real>
struct TileParts {
  const std::int32_t* columns;
  Index count;
  const Real* H;
  Index stride_h;
  Index k;
  const Real* w;
  bool counts_unstored;
  Index stride;
  const Real* values;
  const Real* weights;
  Real* gathered;
  Real* tile;
  Real* residuals;  ///< the values, when it begins
  double* own;
  double* base;
};

}  // namespace partita::kernels
#endif

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "update/row_tile.cpp"
#include <hwy/foreach_target.h>
// Highway's own headers come after foreach_target.h.
#include "update/transpose-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace partita::kernels::HWY_NAMESPACE {
namespace {

/// Sums side by side, so that one addition need not wait for the last.
constexpr int kSums = 4;

/// Where load_rows() wants the row that is to be number `lane` of a vector.
template <typename Real>
HWY_INLINE Index row_of_lane(Index lane, Index k) {
  const hn::ScalableTag<Real> d;
  if constexpr (kHasBlocks) {
    if (k >= kBlock<Real>) {
      return lane % kBlock<Real> * (lanes_of(d) / kBlock<Real>)+lane / kBlock<Real>;
    }
  }
  return lane;
}

template <typename Real>
void gather(const std::int32_t* columns, Index count, const Real* H, Index stride_h, Index k,
            Real* gathered, Real* tile, Index stride) {
  const hn::ScalableTag<Real> d;
  const Index lanes = lanes_of(d);
  constexpr Index kAhead = 8;
  for (Index e = 0; e < stride; e += lanes) {
    for (Index lane = 0; lane < lanes; ++lane) {
      Real* const to = gathered + row_of_lane<Real>(lane, k) * k;
      if (e + lane + kAhead < count) hwy::Prefetch(H + columns[e + lane + kAhead] * stride_h);
      if (e + lane < count) {
        std::memcpy(to, H + columns[e + lane] * stride_h, static_cast<size_t>(k) * sizeof(Real));
      } else {
        std::fill_n(to, k, Real{0});
      }
    }
    load_rows(gathered, k, k, tile + e, stride);
  }
}

/// r -= step h over whole vectors.
template <typename Real>
void subtract(Real step, const Real* HWY_RESTRICT h, Real* HWY_RESTRICT r, Index count) {
  const hn::ScalableTag<Real> d;
  const auto by = hn::Set(d, step);
  for (Index e = 0; e < count; e += lanes_of(d)) {
    hn::Store(hn::NegMulAdd(by, hn::Load(d, h + e), hn::Load(d, r + e)), d, r + e);
  }
}

template <class D>
HWY_INLINE double sum_of(D d, const hn::Vec<D> (&sums)[kSums]) {
  const auto total = hn::Add(hn::Add(sums[0], sums[1]), hn::Add(sums[2], sums[3]));
  return static_cast<double>(hn::GetLane(hn::SumOfLanes(d, total)));
}

/// Calls term(e, sum) for vector after vector, with one of several sums.
template <class D, class Term>
HWY_INLINE double sum_over_vectors(D d, Index count, const Term& term) {
  hn::Vec<D> sums[kSums] = {hn::Zero(d), hn::Zero(d), hn::Zero(d), hn::Zero(d)};
  constexpr Index kLanes = lanes_of(D());
  Index e = 0;
  for (; e + kSums * kLanes <= count; e += kSums * kLanes) {
    PARTITA_UNROLL for (int s = 0; s < kSums; ++s) sums[s] = term(e + s * kLanes, sums[s]);
  }
  for (; e < count; e += kLanes) sums[0] = term(e, sums[0]);
  return sum_of(d, sums);
}

template <typename Real>
double product(const Real* HWY_RESTRICT a, const Real* HWY_RESTRICT b, Index count) {
  const hn::ScalableTag<Real> d;
  return sum_over_vectors(d, count, [&](Index e, hn::Vec<decltype(d)> sum) HWY_ATTR {
    return hn::MulAdd(hn::Load(d, a + e), hn::Load(d, b + e), sum);
  });
}

template <typename Real>
double weighted_square(const Real* HWY_RESTRICT w, const Real* HWY_RESTRICT h, Index count) {
  const hn::ScalableTag<Real> d;
  return sum_over_vectors(d, count, [&](Index e, hn::Vec<decltype(d)> sum) HWY_ATTR {
    const auto v = hn::Load(d, h + e);
    return hn::MulAdd(hn::Mul(hn::Load(d, w + e), v), v, sum);
  });
}

template <typename Real>
double advance(const Real* HWY_RESTRICT before, Real step, const Real* HWY_RESTRICT next,
               const Real* HWY_RESTRICT w, Real* HWY_RESTRICT r, Index count) {
  const hn::ScalableTag<Real> d;
  const auto by = hn::Set(d, step);
  return sum_over_vectors(d, count, [&](Index e, hn::Vec<decltype(d)> sum) HWY_ATTR {
    const auto residual = hn::NegMulAdd(by, hn::Load(d, before + e), hn::Load(d, r + e));
    hn::Store(residual, d, r + e);
    return hn::MulAdd(hn::Mul(hn::Load(d, w + e), residual), hn::Load(d, next + e), sum);
  });
}

/// Everything that take() fills, of one row.
template <typename Real>
void take(const TileParts<Real>& t) {
  gather(t.columns, t.count, t.H, t.stride_h, t.k, t.gathered, t.tile, t.stride);
  for (Index l = 0; l < t.k; ++l) {
    const Real* const h = t.tile + l * t.stride;
    if (t.w[l] != 0) subtract(t.w[l], h, t.residuals, t.stride);
    t.own[l] = weighted_square(t.weights, h, t.stride);
    t.base[l] = t.counts_unstored ? product(t.values, h, t.stride) : 0.0;
  }
}

}  // namespace

Index lanes_of_double() {
  return lanes_of(hn::ScalableTag<double>());
}
void take_double(const TileParts<double>& parts) {
  take(parts);
}
void take_float(const TileParts<float>& parts) {
  take(parts);
}
double advance_double(const double* before, double step, const double* next, const double* w,
                      double* r, Index count) {
  return advance(before, step, next, w, r, count);
}
double advance_float(const float* before, float step, const float* next, const float* w, float* r,
                     Index count) {
  return advance(before, step, next, w, r, count);
}

}  // namespace partita::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace partita {

namespace kernels {
namespace {

HWY_EXPORT(lanes_of_double);
HWY_EXPORT(take_double);
HWY_EXPORT(take_float);
HWY_EXPORT(advance_double);
HWY_EXPORT(advance_float);

void take(const TileParts<double>& parts) {
  HWY_DYNAMIC_DISPATCH(take_double)(parts);
}
void take(const TileParts<float>& parts) {
  HWY_DYNAMIC_DISPATCH(take_float)(parts);
}
double advance(const double* before, double step, const double* next, const double* w, double* r,
               Index count) {
  return HWY_DYNAMIC_DISPATCH(advance_double)(before, step, next, w, r, count);
}
double advance(const float* before, float step, const float* next, const float* w, float* r,
               Index count) {
  return HWY_DYNAMIC_DISPATCH(advance_float)(before, step, next, w, r, count);
}

}  // namespace
}  // namespace kernels

template <class Real>
void RowTile<Real>::take(const EntryRow<Real>& row, TallView<const Real> H, const Real* w,
                         double unstored) {
  const auto count = static_cast<Index>(row.size());
  const Index k = H.width;
  const Index lanes = HWY_DYNAMIC_DISPATCH(kernels::lanes_of_double)() *
                      static_cast<Index>(sizeof(double) / sizeof(Real));
  stride_ = (count + lanes - 1) / lanes * lanes;
  const auto length = static_cast<std::size_t>(stride_);
  const std::size_t needed = length * static_cast<std::size_t>(k);
  if (tile_.size() < needed) tile_.resize(needed);
  gathered_.resize(static_cast<std::size_t>(lanes * k));
  own_.resize(static_cast<std::size_t>(k));
  base_.resize(static_cast<std::size_t>(k));
  values_.assign(length, Real{0});
  std::ranges::copy(row.values, values_.begin());
  weights_.assign(length, Real{0});
  for (std::size_t e = 0; e < row.size(); ++e) {
    weights_[e] = static_cast<Real>(row.weight(e) - unstored);
  }
  residuals_ = values_;
  kernels::take(kernels::TileParts<Real>{.columns = row.columns.data(),
                                         .count = count,
                                         .H = H.data,
                                         .stride_h = H.stride,
                                         .k = k,
                                         .w = w,
                                         .counts_unstored = unstored > 0,
                                         .stride = stride_,
                                         .values = values_.data(),
                                         .weights = weights_.data(),
                                         .gathered = gathered_.data(),
                                         .tile = tile_.data(),
                                         .residuals = residuals_.data(),
                                         .own = own_.data(),
                                         .base = base_.data()});
}

template <class Real>
double RowTile<Real>::advance(Index before, Real step, Index next) {
  return kernels::advance(component(before), step, component(next), weights_.data(),
                          residuals_.data(), stride_);
}

template class RowTile<double>;
template class RowTile<float>;

}  // namespace partita
#endif  // HWY_ONCE
