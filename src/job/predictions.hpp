#pragma once

#include "partita/base/index.hpp"
#include "partita/comm/communicator.hpp"
#include "partita/data/tall_matrix.hpp"

#include <compare>
#include <functional>
#include <span>
#include <vector>

namespace partita {

/// A place of the matrix that a model stands for.
struct MatrixPlace {
  Index row;
  Index column;
  friend constexpr auto operator<=>(MatrixPlace, MatrixPlace) = default;
};

/// Factors spread over the processes, each row on the process of its BlockDistribution.
struct SpreadFactors {
  TallMatrix<double> A;  ///< my rows
  TallMatrix<double> S;  ///< my rows of Sᵀ
  Index rows;            ///< of the whole A
  Index columns;         ///< of the whole Sᵀ
};

/// (A S) at each place, the same bits on any number of processes; one row of S a place is moved.
/// Collective over `world`, with the same places on every process.
[[nodiscard]] std::vector<double> values_at(const Communicator& world, const SpreadFactors& factors,
                                            std::span<const MatrixPlace> places);

/// A column and what a model expects there.
struct RankedColumn {
  Index column;
  double value;
};

/// The best columns of rows of A, by value and then by number.
class BestColumns {
 public:
  /// @param S  the whole Sᵀ, m x k
  BestColumns(const TallMatrix<double>& S, Index most);

  /// The best columns of a row of A (k values), best first; without those for which `leave_out`
  /// holds. The result lives until the next call.
  [[nodiscard]] std::span<const RankedColumn> of(const double* a,
                                                 const std::function<bool(Index)>& leave_out);

 private:
  Index most_;
  TallMatrix<double> by_component_;  ///< S, k x m
  std::vector<double> values_;
  std::vector<RankedColumn> best_;
};

}  // namespace partita
