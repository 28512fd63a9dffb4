/// init/: starts of the factors. It knows no files.
#pragma once

#include "partita/base/index.hpp"
#include "partita/data/tall_matrix.hpp"

#include <functional>
#include <span>

#include "base/random.hpp"
#include "data/factor_pair.hpp"

namespace partita {

/// Uniform(0, 1) entries for some rows of a factor, by global position.
/// @param rows  global rows; @returns rows.size() x k.
template <class Real>
[[nodiscard]] TallMatrix<Real> uniform_factor(const RandomField& field, Range rows, Index k);

/// X as a linear map on tall matrices that lie spread over processes by rows. Each call is
/// collective over the processes that hold X.
template <class Real>
struct LinearMap {
  Range rows;     ///< my global rows of what X maps to (rows of A)
  Range columns;  ///< my global rows of what Xᵀ maps to (columns of S)
  std::function<TallMatrix<Real>(const TallMatrix<Real>&)> times;             ///< X T
  std::function<TallMatrix<Real>(const TallMatrix<Real>&)> transposed_times;  ///< Xᵀ A
  std::function<void(std::span<double>)> sum;                                 ///< over processes
};

/// Each column of A is the mean of a few drawn columns of X, each row of S the mean of a few drawn
/// rows: a start inside the data. Albright et al. 2006 ("random Acol").
template <class Real>
[[nodiscard]] FactorPair<Real> start_from_columns(const LinearMap<Real>& X, Index all_rows,
                                                  Index all_columns, Index k, std::uint64_t seed,
                                                  Index restart);

/// Non-negative parts of the leading singular vectors, from a randomized range finder with two
/// power steps; zeros are filled with small random values, so that restarts differ and no rule is
/// locked. Boutsidis & Gallopoulos 2008 (NNDSVDar); Halko, Martinsson & Tropp 2011.
template <class Real>
[[nodiscard]] FactorPair<Real> start_from_singular_vectors(const LinearMap<Real>& X, Index k,
                                                           std::uint64_t seed, Index restart);

}  // namespace partita
