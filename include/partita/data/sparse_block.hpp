#pragma once

#include "partita/data/block.hpp"
#include "partita/data/storage.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace partita {

/// One stored entry at a position inside a block.
template <class Real>
struct LocalEntry {
  std::int32_t row;
  std::int32_t column;
  Real value;
};

/// Compressed rows: row i holds entries row_starts[i] .. row_starts[i + 1] of the others.
template <class Real>
struct CsrArrays {
  Storage<Index> row_starts;             ///< rows + 1, from 0
  Storage<std::int32_t> column_indices;  ///< ascending within a row, none twice
  Storage<Real> values;
};

/// Sparse block in compressed rows (CSR); columns ascend within a row. Blocks of more than 2^31
/// rows or columns are refused: spread them over more processes.
template <class Real>
class SparseBlock final : public Block<Real> {
 public:
  /// Sorts the entries (any order) and adds up those at the same position.
  /// @throws Error (usage) when rows or columns exceed 2^31 - 1.
  SparseBlock(Index rows, Index columns, const std::vector<LocalEntry<Real>>& entries);
  /// Of arrays that are in order, in memory that others may share.
  SparseBlock(Index rows, Index columns, CsrArrays<Real> arrays);

  [[nodiscard]] std::span<const Index> row_starts() const { return arrays_.row_starts.values(); }
  [[nodiscard]] std::span<const std::int32_t> column_indices() const {
    return arrays_.column_indices.values();
  }
  [[nodiscard]] std::span<const Real> values() const { return arrays_.values.values(); }
  /// Positions of row i's entries.
  [[nodiscard]] Range row(Index i) const {
    return {row_starts()[static_cast<std::size_t>(i)],
            row_starts()[static_cast<std::size_t>(i) + 1]};
  }
  [[nodiscard]] std::vector<double> squared_norms_of_rows() const;
  [[nodiscard]] std::vector<double> squared_norms_of_columns() const;

  [[nodiscard]] Index rows() const override { return rows_; }
  [[nodiscard]] Index columns() const override { return columns_; }
  [[nodiscard]] Index stored() const override { return arrays_.values.size(); }
  [[nodiscard]] bool is_sparse() const override { return true; }
  void times(Range range, const TallMatrix<Real>& T, Real* P) const override;
  void add_transposed_times(Range range, const Real* A, TallMatrix<Real>& Q) const override;
  [[nodiscard]] double squared_norm() const override;
  [[nodiscard]] std::uint64_t fingerprint(GlobalIndex row, GlobalIndex column) const override;
  [[nodiscard]] double residual_squared(TallView<Real> A, TallView<Real> T) const override;
  void copy_row(Index i, std::span<Real> out) const override;
  void copy_column(Index j, std::span<Real> out) const override;
  [[nodiscard]] std::unique_ptr<Block<Real>> select_rows(
      std::span<const Index> list) const override;
  [[nodiscard]] std::unique_ptr<Block<Real>> select_columns(
      std::span<const Index> list) const override;

 private:
  Index rows_;
  Index columns_;
  CsrArrays<Real> arrays_;
};

}  // namespace partita
