#pragma once

#include "partita/data/blocks/local_entry.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "data/blocks/block.hpp"
#include "data/blocks/storage.hpp"
#include "data/kernels/views.hpp"

namespace partita {

/// Where the entries and segments of a panel begin; those of the next one end them.
struct PanelStart {
  Index entry = 0;
  Index segment = 0;
};

/// Panels of rows, each by columns. A segment is what one column holds in one panel, at least an
/// entry; those of a panel follow each other by ascending columns.
template <class Real>
struct PanelArrays {
  Index panel_rows = 1;                ///< of all panels but the last; at most kMostPanelRows
  Storage<PanelStart> starts;          ///< of every panel, and the ends of the last
  Storage<std::int32_t> columns;       ///< of segments
  Storage<std::uint16_t> lengths;      ///< of segments, in entries
  Storage<std::uint16_t> rows_inside;  ///< of entries, in their panel, ascending in a segment
  Storage<Real> values;                ///< of entries

  /// Keeps what lies before the last start.
  void cut() {
    const PanelStart end = starts.values().back();
    columns.cut(end.segment);
    lengths.cut(end.segment);
    rows_inside.cut(end.entry);
    values.cut(end.entry);
  }
};

/// Row numbers and lengths of segments take 16 bits.
constexpr Index kMostPanelRows = 1 << 15;

/// Width of factors that are not known when a block is made.
constexpr Index kUsualWidth = 32;

/// Rows of a panel for products with factors of that width: as many rows of A as stay in a core's
/// cache while those of S stream past, and at least a few panels for each of thread_count().
template <class Real>
[[nodiscard]] Index sparse_panel_rows(Index rows, Index width = kUsualWidth);

/// Sparse block. Its one copy of X is kept panel by panel, and in a panel by columns: both products
/// then go through one factor in order and find their places in a cache-sized part of the other.
/// Blocks of 2^31 rows or columns and more are refused: spread them over more processes.
template <class Real>
class SparseBlock final : public Block<Real>, public BlockEntries<Real> {
 public:
  /// Sorts the entries (any order) and adds up those at the same position.
  /// @throws Error (usage) when rows or columns exceed 2^31 - 1.
  SparseBlock(Index rows, Index columns, const std::vector<LocalEntry<Real>>& entries);
  /// The same in panels of that many rows, about.
  SparseBlock(Index rows, Index columns, const std::vector<LocalEntry<Real>>& entries,
              Index panel_rows);
  /// Of arrays that are in order, in memory that others may share.
  SparseBlock(Index rows, Index columns, PanelArrays<Real> arrays);

  [[nodiscard]] Index panels() const { return arrays_.starts.size() - 1; }
  /// Rows of a panel.
  [[nodiscard]] Range rows_of(Index panel) const;
  [[nodiscard]] kernels::PanelView<Real> panel(Index panel) const;
  /// Calls visit(column, rows in the panel, values) for the segments of a panel, columns ascending.
  template <class Visit>
  void for_each_segment(Index panel, Visit visit) const {
    const kernels::PanelView<Real> view = this->panel(panel);
    Index e = 0;
    for (Index s = 0; s < view.segments; ++s) {
      const std::size_t length = view.length[s];
      visit(Index{view.column[s]}, std::span(view.row + e, length),
            std::span(view.value + e, length));
      e += view.length[s];
    }
  }
  /// Calls visit(row, column, value) for the entries of a panel, column by column.
  template <class Visit>
  void for_each_entry(Index panel, Visit visit) const {
    const Index first = rows_of(panel).begin;
    for_each_segment(panel, [&](Index column, auto rows, auto values) {
      for (std::size_t e = 0; e < rows.size(); ++e) visit(first + rows[e], column, values[e]);
    });
  }
  template <class Visit>
  void for_each_entry(Visit visit) const {
    for (Index p = 0; p < panels(); ++p) for_each_entry(p, visit);
  }

  [[nodiscard]] Index rows() const override { return rows_; }
  [[nodiscard]] Index columns() const override { return columns_; }
  [[nodiscard]] Index stored() const override { return arrays_.values.size(); }
  [[nodiscard]] bool is_sparse() const override { return true; }
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
  /// Sum of (a.t)² over what is not stored.
  [[nodiscard]] double model_squared_outside(TallView<const Real> A, TallView<const Real> T) const;
  /// Calls f(panel) for the panels of a range. @throws Error (internal) when it cuts one.
  template <class F>
  void for_each_panel_in(Range range, F f) const;
  /// Calls take(row, column, value) for the entries of some rows, panel by panel.
  template <class Take>
  void for_each_entry_in(Range rows, Take take) const;

  Index rows_;
  Index columns_;
  PanelArrays<Real> arrays_;
};

}  // namespace partita
