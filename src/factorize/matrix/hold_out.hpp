#pragma once

#include <cstdint>
#include <memory>

#include "base/random.hpp"
#include "factorize/matrix/distributed_matrix.hpp"

namespace partita {

/// X of which some entries are held out, to be predicted from the others.
template <class Real>
struct HeldOut {
  /// What is held out of my rows, with its values, in the unit of X.
  std::shared_ptr<const EntryRows<Real>> entries;
  /// X where the others count once and these not at all. Borrows the block of X.
  DistributedMatrix<Real> rest;
};

/// Which entries are held out: those whose random numbers lie in [from, to).
struct HeldOutShare {
  RandomField field;
  double from = 0;
  double to = 1;

  /// By its global place.
  [[nodiscard]] bool has(Index row, Index column) const {
    const double number = field.uniform(row, column);
    return number >= from && number < to;
  }
};

/// Part number `part` of as many equal parts as make the whole of X, each with that share of its
/// entries; parts beyond the whole are of another division.
[[nodiscard]] HeldOutShare part_of_entries(double share, Index part, std::uint64_t seed);

/// Holds out entries of a dense X. X must outlive the result. Collective over X.grid().all(), a
/// grid of one column.
/// @throws Error (internal) for another grid, or sparse X.
template <class Real>
[[nodiscard]] HeldOut<Real> hold_out(const DistributedMatrix<Real>& X, const HeldOutShare& share);

}  // namespace partita
