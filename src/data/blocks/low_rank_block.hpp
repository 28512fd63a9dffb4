#pragma once

#include <span>

#include "data/blocks/block.hpp"

namespace partita {

/// A block known as a product U Vᵀ of tall factors, which may be negative: its products with skinny
/// factors cost (rows + columns) * rank each and touch nothing else. Panels work with U alone: VᵀT
/// is prepared, and V is applied to the sum of UᵀA.
template <class Real>
class LowRankBlock final : public Block<Real> {
 public:
  /// @param U  rows x rank. @param V  columns x rank.
  LowRankBlock(TallMatrix<Real> U, TallMatrix<Real> V);

  [[nodiscard]] Index rank() const { return U_.width(); }

  [[nodiscard]] Index rows() const override { return U_.rows(); }
  [[nodiscard]] Index columns() const override { return V_.rows(); }
  [[nodiscard]] Index stored() const override { return U_.size() + V_.size(); }
  [[nodiscard]] bool is_sparse() const override { return false; }
  [[nodiscard]] Index panel_rows(Index width) const override;
  const TallMatrix<Real>& prepare(const TallMatrix<Real>& T,
                                  TallMatrix<Real>& space) const override;
  void times(Range range, const TallMatrix<Real>& prepared_T, Real* P) const override;
  void add_transposed_times(Range range, const Real* A, TallMatrix<Real>& sum) const override;
  [[nodiscard]] Index sum_rows() const override { return rank(); }
  void complete(TallMatrix<Real>& sum) const override;
  [[nodiscard]] double squared_norm() const override;
  [[nodiscard]] double residual_squared(TallView<const Real> A,
                                        TallView<const Real> T) const override;

 private:
  void write_row(Index i, std::span<Real> out) const;

  TallMatrix<Real> U_;
  TallMatrix<Real> V_;
};

}  // namespace partita
