#pragma once

#include "partita/base/index.hpp"
#include "partita/data/blocks/local_entry.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace partita {

template <class Real>
class Block;

/// Stored entries of some rows, row by row, columns ascending: row r of them is
/// [begin[r], begin[r + 1]).
template <class Real>
struct RowEntries {
  std::vector<Index> begin;
  std::vector<std::int32_t> columns;
  std::vector<Real> values;
};

/// The entries of one process's block of X, for whoever needs more than its products. Positions are
/// local to the block; what is not stored is zero.
template <class Real>
class BlockEntries {
 public:
  using Visit = std::function<void(std::span<const LocalEntry<Real>>)>;

  virtual ~BlockEntries() = default;

  /// Calls visit for the stored entries of some rows, a cache-sized batch at a time, each once. The
  /// order is that of the storage.
  virtual void visit(Range rows, const Visit& visit) const = 0;
  /// The stored entries of some rows, in order; `out` is overwritten.
  virtual void gather(Range rows, RowEntries<Real>& out) const = 0;
  /// Row i (columns values) and column j (rows values), zeros filled in.
  virtual void copy_row(Index i, std::span<Real> out) const = 0;
  virtual void copy_column(Index j, std::span<Real> out) const = 0;
  /// The values of row i at some columns.
  virtual void pick(Index i, std::span<const Index> columns, Real* out) const = 0;

  [[nodiscard]] virtual std::vector<double> squared_norms_of_rows() const = 0;
  [[nodiscard]] virtual std::vector<double> squared_norms_of_columns() const = 0;
  /// Sum of entry_fingerprint over the entries that are not zero, with the block's first row and
  /// column at the given global position.
  [[nodiscard]] virtual std::uint64_t fingerprint(GlobalIndex row, GlobalIndex column) const = 0;

  /// The block made of the given rows (columns), in that order; one may be given twice.
  [[nodiscard]] virtual std::unique_ptr<Block<Real>> select_rows(
      std::span<const Index> list) const = 0;
  [[nodiscard]] virtual std::unique_ptr<Block<Real>> select_columns(
      std::span<const Index> list) const = 0;
};

}  // namespace partita
