#pragma once

#include <memory>

#include "data/blocks/block.hpp"
#include "data/blocks/storage.hpp"

namespace partita {

/// Dense block, row-major without padding.
template <class Real>
class DenseBlock final : public Block<Real>, public BlockEntries<Real> {
 public:
  /// All entries zero; fill through row().
  DenseBlock(Index rows, Index columns);
  /// With rows * columns values in memory that others may share.
  DenseBlock(Index rows, Index columns, Storage<Real> values);

  [[nodiscard]] Real* row(Index i) { return values_.values().data() + i * columns_; }
  [[nodiscard]] const Real* row(Index i) const { return values_.values().data() + i * columns_; }

  [[nodiscard]] Index rows() const override { return rows_; }
  [[nodiscard]] Index columns() const override { return columns_; }
  [[nodiscard]] Index stored() const override { return rows_ * columns_; }
  [[nodiscard]] bool is_sparse() const override { return false; }
  [[nodiscard]] Index panel_rows(Index width) const override;
  void times(Range range, const TallMatrix<Real>& T, Real* P) const override;
  void add_transposed_times(Range range, const Real* A, TallMatrix<Real>& Q) const override;
  [[nodiscard]] double squared_norm() const override;
  [[nodiscard]] double residual_squared(TallView<const Real> A,
                                        TallView<const Real> T) const override;

  [[nodiscard]] const BlockEntries<Real>* entries() const override { return this; }
  void visit(Range rows, const typename BlockEntries<Real>::Visit& visit) const override;
  void gather(Range rows, RowEntries<Real>& out) const override;
  void copy_row(Index i, std::span<Real> out) const override;
  void copy_column(Index j, std::span<Real> out) const override;
  void pick(Index i, std::span<const Index> columns, Real* out) const override;
  [[nodiscard]] std::vector<double> squared_norms_of_rows() const override;
  [[nodiscard]] std::vector<double> squared_norms_of_columns() const override;
  [[nodiscard]] std::uint64_t fingerprint(GlobalIndex row, GlobalIndex column) const override;
  [[nodiscard]] std::unique_ptr<Block<Real>> select_rows(
      std::span<const Index> list) const override;
  [[nodiscard]] std::unique_ptr<Block<Real>> select_columns(
      std::span<const Index> list) const override;

 private:
  Index rows_;
  Index columns_;
  Storage<Real> values_;
};

}  // namespace partita
