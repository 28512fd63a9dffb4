/// data/: one process's block of X, dense or sparse, the tall factor matrices, and their products.
/// It knows no MPI.
#pragma once

#include "partita/base/index.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <new>
#include <numeric>
#include <span>
#include <sys/mman.h>
#include <vector>

namespace partita {

/// Memory aligned to a cache line, so that vector loads of whole rows do not straddle lines. Large
/// arrays are aligned to huge pages and ask for them: gathers from a factor otherwise miss the
/// address cache more often than the data cache, and a first touch costs a fault a small page.
template <class T>
struct CacheAlignedAllocator {
  using value_type = T;
  static constexpr std::size_t kCacheLine = 64;
  static constexpr std::size_t kHugePage = std::size_t{2} << 20;
  static constexpr std::size_t kMostBytes = std::numeric_limits<std::ptrdiff_t>::max() - kHugePage;

  CacheAlignedAllocator() = default;
  template <class U>
  explicit CacheAlignedAllocator(const CacheAlignedAllocator<U>& /*other*/) {}

  T* allocate(std::size_t count) {
    void* memory = ::operator new(bytes(count), alignment(count));
    // Only advice: without huge pages everything works, more slowly.
    if (is_large(count)) static_cast<void>(madvise(memory, bytes(count), MADV_HUGEPAGE));
    return static_cast<T*>(memory);
  }
  void deallocate(T* pointer, std::size_t count) { ::operator delete(pointer, alignment(count)); }
  friend bool operator==(CacheAlignedAllocator, CacheAlignedAllocator) { return true; }

 private:
  static bool is_large(std::size_t count) { return count * sizeof(T) >= kHugePage; }
  /// Whole huge pages where little is lost by it: the last part would be touched in small ones.
  static std::size_t bytes(std::size_t count) {
    if (count > kMostBytes / sizeof(T)) throw std::bad_array_new_length();
    const std::size_t needed = count * sizeof(T);
    const std::size_t rounded = (needed + kHugePage - 1) / kHugePage * kHugePage;
    return rounded - needed <= needed / 8 ? rounded : needed;
  }
  static std::align_val_t alignment(std::size_t count) {
    return std::align_val_t{is_large(count) ? kHugePage : kCacheLine};
  }
};

template <class T>
using AlignedVector = std::vector<T, CacheAlignedAllocator<T>>;

/// A factor, or a product with one: rows x width, row-major without padding. A is stored as it is,
/// n x k; S is stored transposed, m x k, so that both factors are updated by the same code. With
/// several restarts in a batch the width is restarts x k, restart after restart.
template <class Real>
class TallMatrix {
 public:
  TallMatrix() = default;
  /// All entries zero.
  TallMatrix(Index rows, Index width)
      : rows_(rows), width_(width), values_(static_cast<std::size_t>(rows * width)) {}

  [[nodiscard]] Index rows() const { return rows_; }
  [[nodiscard]] Index width() const { return width_; }
  [[nodiscard]] Index size() const { return rows_ * width_; }
  [[nodiscard]] Real* data() { return values_.data(); }
  [[nodiscard]] const Real* data() const { return values_.data(); }
  [[nodiscard]] std::span<Real> values() { return values_; }
  [[nodiscard]] std::span<const Real> values() const { return values_; }
  [[nodiscard]] Real* row(Index i) { return values_.data() + i * width_; }
  [[nodiscard]] const Real* row(Index i) const { return values_.data() + i * width_; }
  [[nodiscard]] Real& operator()(Index i, Index j) { return values_[index(i, j)]; }
  [[nodiscard]] Real operator()(Index i, Index j) const { return values_[index(i, j)]; }

  /// Takes that shape; entries are kept if it is the present one, else zero.
  void reshape(Index rows, Index width) {
    if (rows_ != rows || width_ != width) *this = TallMatrix(rows, width);
  }
  void fill(Real value) { std::fill(values_.begin(), values_.end(), value); }

 private:
  [[nodiscard]] std::size_t index(Index i, Index j) const {
    return static_cast<std::size_t>(i * width_ + j);
  }

  Index rows_ = 0;
  Index width_ = 0;
  AlignedVector<Real> values_;
};

/// k x k Gram matrix of one restart, row-major, always in double.
class GramMatrix {
 public:
  GramMatrix() = default;
  explicit GramMatrix(Index size) : size_(size), values_(static_cast<std::size_t>(size * size)) {}

  [[nodiscard]] Index size() const { return size_; }
  [[nodiscard]] double* data() { return values_.data(); }
  [[nodiscard]] const double* data() const { return values_.data(); }
  [[nodiscard]] std::span<double> values() { return values_; }
  [[nodiscard]] std::span<const double> values() const { return values_; }
  [[nodiscard]] double& operator()(Index i, Index j) { return values_[index(i, j)]; }
  [[nodiscard]] double operator()(Index i, Index j) const { return values_[index(i, j)]; }
  GramMatrix& operator+=(const GramMatrix& other) {
    for (std::size_t i = 0; i < values_.size(); ++i) values_[i] += other.values_[i];
    return *this;
  }
  [[nodiscard]] double trace() const {
    double sum = 0;
    for (Index i = 0; i < size_; ++i) sum += (*this)(i, i);
    return sum;
  }

 private:
  [[nodiscard]] std::size_t index(Index i, Index j) const {
    return static_cast<std::size_t>(i * size_ + j);
  }

  Index size_ = 0;
  AlignedVector<double> values_;
};

/// <G, H>, the sum of the products of their entries: for G = AᵀA and H = S Sᵀ it is ||A S||².
[[nodiscard]] inline double inner_product(const GramMatrix& G, const GramMatrix& H) {
  return std::inner_product(G.values().begin(), G.values().end(), H.values().begin(), 0.0);
}

}  // namespace partita
