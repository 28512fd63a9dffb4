#pragma once

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

/// Holds out each entry of a dense X with chance `share`, by its global place. X must outlive the
/// result. Collective over X.grid().all(), a grid of one column.
/// @throws Error (internal) for another grid, or sparse X.
template <class Real>
[[nodiscard]] HeldOut<Real> hold_out(const DistributedMatrix<Real>& X, double share,
                                     const RandomField& field);

}  // namespace partita
