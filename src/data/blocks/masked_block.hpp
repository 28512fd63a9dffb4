#pragma once

#include <memory>
#include <utility>

#include "data/blocks/block.hpp"
#include "data/blocks/entry_rows.hpp"

namespace partita {

/// A dense block with zeros in some places, by its products: those of the block, less what stands
/// in the places. The block is not copied.
template <class Real>
class MaskedBlock final : public Block<Real> {
 public:
  /// @param block    borrowed; dense.
  /// @param without  the places in each of its rows, with what the block has there.
  MaskedBlock(const Block<Real>& block, std::shared_ptr<const EntryRows<Real>> without);

  [[nodiscard]] Index rows() const override { return block_.rows(); }
  [[nodiscard]] Index columns() const override { return block_.columns(); }
  [[nodiscard]] Index stored() const override { return block_.stored(); }
  [[nodiscard]] bool is_sparse() const override { return false; }
  [[nodiscard]] Index panel_rows(Index width) const override { return block_.panel_rows(width); }
  void times(Range range, const TallMatrix<Real>& T, Real* P) const override;
  void add_transposed_times(Range range, const Real* A, TallMatrix<Real>& sum) const override;
  [[nodiscard]] double squared_norm() const override;
  [[nodiscard]] double residual_squared(TallView<const Real> A,
                                        TallView<const Real> T) const override;

 private:
  const Block<Real>& block_;
  std::shared_ptr<const EntryRows<Real>> without_;
};

}  // namespace partita
