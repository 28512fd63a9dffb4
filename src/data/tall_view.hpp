#pragma once

#include "partita/base/index.hpp"
#include "partita/data/tall_matrix.hpp"

#include <type_traits>

namespace partita {

/// A borrowed window of columns of a tall matrix, as one restart of a stacked factor: of const Real
/// to be read, of Real to be written too.
template <class T>
struct TallView {
  T* data;
  Index rows;
  Index width;
  Index stride;
  [[nodiscard]] T* row(Index i) const { return data + i * stride; }
  operator TallView<const T>() const  // NOLINT(google-explicit-constructor)
      requires(!std::is_const_v<T>) {
    return {data, rows, width, stride};
  }
};

template <class Real>
[[nodiscard]] TallView<const Real> window(const TallMatrix<Real>& matrix, Index first,
                                          Index width) {
  return {matrix.data() + first, matrix.rows(), width, matrix.width()};
}
template <class Real>
[[nodiscard]] TallView<const Real> whole(const TallMatrix<Real>& matrix) {
  return window(matrix, 0, matrix.width());
}

}  // namespace partita
