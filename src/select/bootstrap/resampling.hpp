#pragma once

#include "partita/base/index.hpp"

#include <cstdint>
#include <span>
#include <vector>

#include "base/random.hpp"

namespace partita {

/// How X is drawn anew.
enum class Resampling {
  poisson,      ///< each count from Poisson's distribution of mean X_ij
  multinomial,  ///< as many counts a row as it has, each to a column with probability X_ij / sum of
                ///< the row
  rows,         ///< as many rows as X has, each of them any row of X
};

/// X drawn anew, replicate by replicate. What is drawn depends on the seed, the replicate and the
/// position in X alone, whoever asks for it. Replicates from 0.
class ResampledCounts {
 public:
  ResampledCounts(std::uint64_t seed, Index replicate);

  /// An entry by Resampling::poisson; 0 stays 0.
  [[nodiscard]] double poisson(GlobalIndex row, GlobalIndex column, double value) const;

  /// The counts of a whole row by Resampling::multinomial: whole numbers, of which only those at
  /// these columns, in ascending order, are not 0. They are drawn one column after another from
  /// what is left of the row's sum.
  /// @throws Error (internal) if one is not a whole number >= 0
  void multinomial(GlobalIndex row, std::span<const GlobalIndex> columns,
                   std::span<double> values) const;

 private:
  RandomField random_;
};

/// By Resampling::rows: which row of X stands at each of these rows of a replicate. @param n  rows
/// of X
[[nodiscard]] std::vector<GlobalIndex> resampled_rows(std::uint64_t seed, Index replicate, Index n,
                                                      Range rows);

}  // namespace partita
