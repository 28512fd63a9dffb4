#pragma once

#include "partita/data/tall_matrix.hpp"

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace partita {

/// A tall matrix that waits, without its zeros: a bit for every entry, and the values of those that
/// are not zero. Half of a non-negative factor and more is zero.
template <class Real>
class PackedMatrix {
 public:
  explicit PackedMatrix(const TallMatrix<Real>& matrix)
      : rows_(matrix.rows()),
        width_(matrix.width()),
        present_((matrix.values().size() + kBits - 1) / kBits) {
    const auto values = matrix.values();
    for (std::size_t i = 0; i < values.size(); ++i) {
      // NaN is kept too, and so is the sign of a zero
      if (values[i] != 0 || std::signbit(values[i])) present_[i / kBits] |= bit(i);
    }
    std::size_t count = 0;
    for (const std::uint64_t word : present_) {
      count += static_cast<std::size_t>(std::popcount(word));
    }
    values_.reserve(count);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (has(i)) values_.push_back(values[i]);
    }
  }

  [[nodiscard]] TallMatrix<Real> unpacked() const {
    TallMatrix<Real> matrix(rows_, width_);
    const auto values = matrix.values();
    auto next = values_.begin();
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (has(i)) values[i] = *next++;
    }
    return matrix;
  }

 private:
  static constexpr std::size_t kBits = 64;
  static std::uint64_t bit(std::size_t i) { return std::uint64_t{1} << (i % kBits); }
  [[nodiscard]] bool has(std::size_t i) const { return (present_[i / kBits] & bit(i)) != 0; }

  Index rows_ = 0;
  Index width_ = 0;
  std::vector<std::uint64_t> present_;
  std::vector<Real> values_;
};

}  // namespace partita
