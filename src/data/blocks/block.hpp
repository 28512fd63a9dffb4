#pragma once

#include "partita/base/index.hpp"
#include "partita/data/tall_matrix.hpp"

#include "data/blocks/block_entries.hpp"
#include "data/tall_view.hpp"

namespace partita {

/// One process's block of X (rows x columns), however it is stored, by its products with factors of
/// Real, the type of the arithmetic. T stands for the rows of Sᵀ that belong to the block's columns
/// (columns x width), A for the rows of A that belong to its rows (rows x width). Row ranges let a
/// caller go panel by panel: they begin at multiples of panel_rows(width) and end there or with the
/// block. A row's product does not depend on the range it is computed in. Immutable once built;
/// safe to share.
///
/// A block may hold its part of X in another unit: X is 4^unit times what is held. Everything that
/// a block says is of what it holds.
template <class Real>
class Block {
 public:
  virtual ~Block() = default;

  [[nodiscard]] int unit() const { return unit_; }
  void set_unit(int unit) { unit_ = unit; }

  [[nodiscard]] virtual Index rows() const = 0;
  [[nodiscard]] virtual Index columns() const = 0;
  /// Numbers held in memory: rows * columns, the stored entries of a sparse block, or the factors
  /// of one of low rank.
  [[nodiscard]] virtual Index stored() const = 0;
  [[nodiscard]] virtual bool is_sparse() const = 0;
  /// Rows that products with factors of that width had best take at a time.
  [[nodiscard]] virtual Index panel_rows(Index width) const = 0;

  /// T in the form that times() takes: T itself, or what is made of it in `space`.
  virtual const TallMatrix<Real>& prepare(const TallMatrix<Real>& T,
                                          TallMatrix<Real>& /*space*/) const {
    return T;
  }
  /// P = X[range, :] T from prepare(T); P is range.size() x width and is overwritten.
  virtual void times(Range range, const TallMatrix<Real>& prepared_T, Real* P) const = 0;
  /// Sum += X[range, :]ᵀ A; A is range.size() x width, Sum is sum_rows() x width.
  virtual void add_transposed_times(Range range, const Real* A, TallMatrix<Real>& sum) const = 0;
  [[nodiscard]] virtual Index sum_rows() const { return columns(); }
  /// Turns a sum over all rows to XᵀA, columns x width.
  virtual void complete(TallMatrix<Real>& /*sum*/) const {}

  [[nodiscard]] virtual double squared_norm() const = 0;
  /// ||X - A Tᵀ||² over the block, explicit and in double. Entries that are not stored are zeros.
  [[nodiscard]] virtual double residual_squared(TallView<const Real> A,
                                                TallView<const Real> T) const = 0;

  /// Access to the entries; nullptr for a block that is known by its products alone.
  [[nodiscard]] virtual const BlockEntries<Real>* entries() const { return nullptr; }

 private:
  int unit_ = 0;
};

/// Column j of a block, rows() values, from its entries or else from a product.
template <class Real>
void copy_column(const Block<Real>& block, Index j, std::span<Real> out) {
  if (const BlockEntries<Real>* entries = block.entries()) {
    entries->copy_column(j, out);
    return;
  }
  TallMatrix<Real> unit(block.columns(), 1);
  unit(j, 0) = 1;
  TallMatrix<Real> space;
  block.times({0, block.rows()}, block.prepare(unit, space), out.data());
}

}  // namespace partita
