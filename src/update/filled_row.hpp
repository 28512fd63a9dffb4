#pragma once

#include "partita/base/index.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

#include "data/blocks/entry_rows.hpp"

namespace partita {

/// One row of X in the way in which its equations are best formed. What is not stored counts by ω
/// times what all columns give less what the stored ones do; where most are stored that is a
/// difference of nearly equal numbers, and dear: then it is written out as zeros of weight ω.
template <class Real>
class FilledRow {
 public:
  /// @param columns  of X. The row is valid until the next call.
  void take(const EntryRow<Real>& row, Index columns, double unstored) {
    row_ = row;
    unstored_ = unstored;
    const auto count = static_cast<Index>(row.size());
    if (unstored == 0) return;
    if (count == columns) unstored_ = 0;
    if (count == columns || 2 * count <= columns) return;
    write_out(columns);
  }

  /// The row as it is.
  void keep(const EntryRow<Real>& row, double unstored) {
    row_ = row;
    unstored_ = unstored;
  }

  [[nodiscard]] const EntryRow<Real>& row() const { return row_; }
  /// The weight that what is not in row() has.
  [[nodiscard]] double unstored() const { return unstored_; }

 private:
  void write_out(Index columns) {
    columns_.clear();
    values_.clear();
    weights_.clear();
    std::size_t e = 0;
    for (Index j = 0; j < columns; ++j) {
      const bool stored = e < row_.size() && row_.columns[e] == j;
      columns_.push_back(static_cast<std::int32_t>(j));
      values_.push_back(stored ? row_.values[e] : Real{0});
      weights_.push_back(static_cast<Real>(stored ? row_.weight(e) : unstored_));
      if (stored) ++e;
    }
    row_ = {columns_, values_, weights_};
    unstored_ = 0;
  }

  EntryRow<Real> row_;
  double unstored_ = 0;
  std::vector<std::int32_t> columns_;
  std::vector<Real> values_;
  std::vector<Real> weights_;
};

}  // namespace partita
