#pragma once

#include "partita/data/tall_matrix.hpp"

#include <algorithm>
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
      : rows_(matrix.rows()), width_(matrix.width()) {
    const auto values = matrix.values();
    present_.reserve((values.size() + kBits - 1) / kBits);
    std::size_t count = 0;
    for (std::size_t begin = 0; begin < values.size(); begin += kBits) {
      std::uint64_t word = 0;
      for (std::size_t b = 0; b < std::min(kBits, values.size() - begin); ++b) {
        word |= std::uint64_t{is_kept(values[begin + b])} << b;
      }
      present_.push_back(word);
      count += static_cast<std::size_t>(std::popcount(word));
    }
    values_.reserve(count);
    for_each_kept([&](std::size_t i) { values_.push_back(values[i]); });
  }

  [[nodiscard]] TallMatrix<Real> unpacked() const {
    TallMatrix<Real> matrix(rows_, width_);
    const auto values = matrix.values();
    auto next = values_.begin();
    for_each_kept([&](std::size_t i) { values[i] = *next++; });
    return matrix;
  }

 private:
  static constexpr std::size_t kBits = 64;
  /// NaN is kept too, and so is the sign of a zero.
  static bool is_kept(Real value) { return (value != Real{0}) | std::signbit(value); }
  /// Goes from bit to bit: whether a value is zero cannot be guessed.
  template <class Visit>
  void for_each_kept(Visit visit) const {
    for (std::size_t w = 0; w < present_.size(); ++w) {
      for (std::uint64_t left = present_[w]; left != 0; left &= left - 1) {
        visit(w * kBits + static_cast<std::size_t>(std::countr_zero(left)));
      }
    }
  }

  Index rows_ = 0;
  Index width_ = 0;
  std::vector<std::uint64_t> present_;
  std::vector<Real> values_;
};

}  // namespace partita
