#include "factorize/matrix/submatrix.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "comm/collectives.hpp"
#include "data/blocks/dense_block.hpp"
#include "data/blocks/packed_entry.hpp"
#include "data/blocks/sparse_builder.hpp"

namespace partita {

namespace {

/// What each process sends at a time, about.
constexpr Index kBatchBytes = Index{8} << 20;

/// Who has which of the chosen lines: in X, and in the submatrix.
class Dealing {
 public:
  Dealing(const MatrixLayout& from, const MatrixLayout& to, const ChosenLines& rows,
          const ChosenLines& columns)
      : from_(from), to_(to), rows_(rows), columns_(columns) {}

  /// Places of what moves from one process to another, of the rows in a range of places.
  [[nodiscard]] Range rows(Index from, Index to, Range places) const {
    return common(places, common(rows_.places_in(from_.block_rows(from)), to_.block_rows(to)));
  }
  [[nodiscard]] Range columns(Index from, Index to) const {
    return common(columns_.places_in(from_.block_columns(from)), to_.block_columns(to));
  }

 private:
  const MatrixLayout& from_;
  const MatrixLayout& to_;
  const ChosenLines& rows_;
  const ChosenLines& columns_;
};

/// The submatrix's block of dense X. One patch of rows x columns, row by row, travels between two
/// processes at a time.
template <class Real>
class DenseCut {
 public:
  DenseCut(const DistributedMatrix<Real>& X, const MatrixLayout& layout, const ChosenLines& rows,
           const ChosenLines& columns)
      : all_(X.grid().all()),
        dealing_(X.layout(), layout, rows, columns),
        rows_(rows),
        columns_(columns),
        source_(X.entries()),
        source_rows_(X.block_rows()),
        source_columns_(X.block_columns()),
        cut_rows_(layout.block_rows(all_.rank())),
        cut_columns_(layout.block_columns(all_.rank())),
        cut_(std::make_unique<DenseBlock<Real>>(cut_rows_.size(), cut_columns_.size())) {}

  std::unique_ptr<Block<Real>> make() {
    const Index row_bytes = columns_.count() * static_cast<Index>(sizeof(Real));
    const Index batch =
        std::max<Index>(1, kBatchBytes * all_.size() / std::max<Index>(1, row_bytes));
    for (Index begin = 0; begin < rows_.count(); begin += batch) {
      move({begin, std::min(begin + batch, rows_.count())});
    }
    return std::move(cut_);
  }

 private:
  void move(Range places) {
    const int me = all_.rank();
    std::vector<std::vector<Real>> outgoing(static_cast<std::size_t>(all_.size()));
    for (int to = 0; to < all_.size(); ++to) {
      const Range rows = dealing_.rows(me, to, places);
      const Range columns = dealing_.columns(me, to);
      std::vector<Real>& patch = outgoing[static_cast<std::size_t>(to)];
      if (to != me) patch.resize(static_cast<std::size_t>(rows.size() * columns.size()));
      Real* next = patch.data();
      for (Index t = rows.begin; t < rows.end; ++t, next += columns.size()) {
        pick(t, columns, to == me ? place(t, columns) : next);
      }
    }
    const std::vector<Real> arrived = partita::exchange(all_, outgoing);
    const Real* next = arrived.data();
    for (int from = 0; from < all_.size(); ++from) {
      if (from == me) continue;
      const Range rows = dealing_.rows(from, me, places);
      const Range columns = dealing_.columns(from, me);
      for (Index t = rows.begin; t < rows.end; ++t, next += columns.size()) {
        std::copy_n(next, columns.size(), place(t, columns));
      }
    }
  }

  /// The chosen values of row t in my block of X.
  void pick(Index t, Range columns, Real* out) const {
    std::vector<Index> places(static_cast<std::size_t>(columns.size()));
    for (Index u = columns.begin; u < columns.end; ++u) {
      places[static_cast<std::size_t>(u - columns.begin)] =
          columns_.line(u) - source_columns_.begin;
    }
    source_.pick(rows_.line(t) - source_rows_.begin, places, out);
  }
  /// Where they belong in my block of the submatrix.
  Real* place(Index t, Range columns) const {
    return cut_->row(t - cut_rows_.begin) + (columns.begin - cut_columns_.begin);
  }

  const Communicator& all_;
  Dealing dealing_;
  const ChosenLines& rows_;
  const ChosenLines& columns_;
  const BlockEntries<Real>& source_;
  Range source_rows_;
  Range source_columns_;
  Range cut_rows_;
  Range cut_columns_;
  std::unique_ptr<DenseBlock<Real>> cut_;
};

/// Where a chosen line of my block goes: process of the grid column (row), and position there.
struct LineTarget {
  std::int32_t process = -1;  ///< -1: not chosen
  std::int32_t position = 0;
};

/// Of some lines of X, dealt to `parts` in the submatrix.
std::vector<LineTarget> line_targets(const ChosenLines& chosen, Range lines, Index parts) {
  std::vector<LineTarget> targets(static_cast<std::size_t>(lines.size()));
  const BlockDistribution owners(chosen.count(), parts);
  const Range places = chosen.places_in(lines);
  for (Index t = places.begin; t < places.end; ++t) {
    targets[static_cast<std::size_t>(chosen.line(t) - lines.begin)] = {
        static_cast<std::int32_t>(owners.owner({t})),
        static_cast<std::int32_t>(owners.to_local({t}))};
  }
  return targets;
}

/// The submatrix's block of sparse X. Chosen entries travel panel by panel.
template <class Real>
class SparseCut {
 public:
  SparseCut(const DistributedMatrix<Real>& X, const MatrixLayout& layout, const ChosenLines& rows,
            const ChosenLines& columns)
      : all_(X.grid().all()),
        source_(X.entries()),
        source_rows_(X.block_rows().size()),
        panel_rows_(X.block().panel_rows(kUsualWidth)),
        grid_(layout.grid()),
        rows_(line_targets(rows, X.block_rows(), grid_.rows)),
        columns_(line_targets(columns, X.block_columns(), grid_.columns)),
        cut_rows_(layout.block_rows(all_.rank()).size()),
        cut_columns_(layout.block_columns(all_.rank()).size()),
        builder_(cut_rows_, cut_columns_, sparse_panel_rows<Real>(cut_rows_)) {}

  std::unique_ptr<Block<Real>> make() {
    constexpr auto kEntryBytes = static_cast<Index>(sizeof(PackedEntry));
    Index next = 0;
    do {
      std::vector<std::vector<Index>> outgoing(static_cast<std::size_t>(all_.size()));
      for (Index packed = 0; next < source_rows_ && packed * kEntryBytes < kBatchBytes;
           next += panel_rows_) {
        packed += pack({next, std::min(next + panel_rows_, source_rows_)}, outgoing);
      }
      const std::vector<Index> arrived = partita::exchange(all_, outgoing);
      for (std::size_t i = 0; i < arrived.size(); i += 2) {
        builder_.add(unpack_entry<Real>(std::span<const Index, 2>(arrived.data() + i, 2)));
      }
    } while (max_over(all_, next < source_rows_ ? 1 : 0) > 0);
    return std::make_unique<SparseBlock<Real>>(cut_rows_, cut_columns_, builder_.write());
  }

 private:
  /// Keeps my chosen entries of some rows and packs those of others. @return how many are packed.
  Index pack(Range rows, std::vector<std::vector<Index>>& outgoing) {
    Index packed = 0;
    source_.visit(rows, [&](std::span<const LocalEntry<Real>> entries) {
      for (const LocalEntry<Real>& entry : entries) {
        const LineTarget column = columns_[static_cast<std::size_t>(entry.column)];
        const LineTarget row = rows_[static_cast<std::size_t>(entry.row)];
        if (column.process < 0 || row.process < 0) continue;
        const Index to = row.process * grid_.columns + column.process;
        if (to == all_.rank()) {
          builder_.add({row.position, column.position, entry.value});
          continue;
        }
        const PackedEntry packed_entry =
            pack_entry(row.position, column.position, static_cast<double>(entry.value));
        auto& batch = outgoing[static_cast<std::size_t>(to)];
        batch.insert(batch.end(), packed_entry.begin(), packed_entry.end());
        ++packed;
      }
    });
    return packed;
  }

  const Communicator& all_;
  const BlockEntries<Real>& source_;
  Index source_rows_;
  Index panel_rows_;  ///< that are gone through at a time
  GridShape grid_;
  std::vector<LineTarget> rows_;
  std::vector<LineTarget> columns_;
  Index cut_rows_;
  Index cut_columns_;
  SparseBuilder<Real> builder_;
};

}  // namespace

template <class Real>
DistributedMatrix<Real> submatrix(const DistributedMatrix<Real>& X, const ChosenLines& rows,
                                  const ChosenLines& columns) {
  const MatrixLayout layout(rows.count(), columns.count(), X.grid().shape());
  auto block = X.block().is_sparse() ? SparseCut<Real>(X, layout, rows, columns).make()
                                     : DenseCut<Real>(X, layout, rows, columns).make();
  block->set_unit(X.unit());
  return {ProcessGrid(X.grid().all(), X.grid().shape()), layout, std::move(block)};
}

template DistributedMatrix<double> submatrix(const DistributedMatrix<double>&, const ChosenLines&,
                                             const ChosenLines&);
template DistributedMatrix<float> submatrix(const DistributedMatrix<float>&, const ChosenLines&,
                                            const ChosenLines&);

}  // namespace partita
