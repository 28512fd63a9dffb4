#include "partita/factorize/submatrix.hpp"

#include "partita/comm/collectives.hpp"
#include "partita/data/dense_block.hpp"
#include "partita/data/packed_entry.hpp"
#include "partita/data/sparse_builder.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

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
  DenseCut(const DistributedMatrix<Real>& X, const DenseBlock<Real>& source,
           const MatrixLayout& layout, const ChosenLines& rows, const ChosenLines& columns)
      : all_(X.grid().all()),
        dealing_(X.layout(), layout, rows, columns),
        rows_(rows),
        columns_(columns),
        source_(source),
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
    const Real* const row = source_.row(rows_.line(t) - source_rows_.begin);
    for (Index u = columns.begin; u < columns.end; ++u) {
      *out++ = row[columns_.line(u) - source_columns_.begin];
    }
  }
  /// Where they belong in my block of the submatrix.
  Real* place(Index t, Range columns) const {
    return cut_->row(t - cut_rows_.begin) + (columns.begin - cut_columns_.begin);
  }

  const Communicator& all_;
  Dealing dealing_;
  const ChosenLines& rows_;
  const ChosenLines& columns_;
  const DenseBlock<Real>& source_;
  Range source_rows_;
  Range source_columns_;
  Range cut_rows_;
  Range cut_columns_;
  std::unique_ptr<DenseBlock<Real>> cut_;
};

/// Where the chosen columns of my block go: process of the grid row, and position there.
struct ColumnTarget {
  std::int32_t grid_column = -1;  ///< -1: not chosen
  std::int32_t column = 0;
};

template <class Real>
std::vector<ColumnTarget> column_targets(const DistributedMatrix<Real>& X,
                                         const MatrixLayout& layout, const ChosenLines& columns) {
  std::vector<ColumnTarget> targets(static_cast<std::size_t>(X.block_columns().size()));
  const BlockDistribution owners(columns.count(), layout.grid().columns);
  const Range places = columns.places_in(X.block_columns());
  for (Index u = places.begin; u < places.end; ++u) {
    targets[static_cast<std::size_t>(columns.line(u) - X.block_columns().begin)] = {
        static_cast<std::int32_t>(owners.owner({u})),
        static_cast<std::int32_t>(owners.to_local({u}))};
  }
  return targets;
}

/// The submatrix's block of sparse X. Chosen entries travel panel by panel.
template <class Real>
class SparseCut {
 public:
  SparseCut(const DistributedMatrix<Real>& X, const SparseBlock<Real>& source,
            const MatrixLayout& layout, const ChosenLines& rows, const ChosenLines& columns)
      : all_(X.grid().all()),
        source_(source),
        grid_columns_(layout.grid().columns),
        column_targets_(column_targets(X, layout, columns)),
        rows_(rows),
        first_row_(X.block_rows().begin),
        row_owners_(rows.count(), layout.grid().rows),
        cut_rows_(layout.block_rows(all_.rank()).size()),
        cut_columns_(layout.block_columns(all_.rank()).size()),
        builder_(cut_rows_, cut_columns_, sparse_panel_rows<Real>(cut_rows_)) {}

  std::unique_ptr<Block<Real>> make() {
    constexpr auto kEntryBytes = static_cast<Index>(sizeof(PackedEntry));
    Index panel = 0;
    do {
      std::vector<std::vector<Index>> outgoing(static_cast<std::size_t>(all_.size()));
      for (Index packed = 0; panel < source_.panels() && packed * kEntryBytes < kBatchBytes;
           ++panel) {
        packed += pack(panel, outgoing);
      }
      const std::vector<Index> arrived = partita::exchange(all_, outgoing);
      for (std::size_t i = 0; i < arrived.size(); i += 2) {
        builder_.add(unpack_entry<Real>(std::span<const Index, 2>(arrived.data() + i, 2)));
      }
    } while (max_over(all_, panel < source_.panels() ? 1 : 0) > 0);
    return std::make_unique<SparseBlock<Real>>(cut_rows_, cut_columns_, builder_.write());
  }

 private:
  /// Keeps my chosen entries of a panel and packs those of others. @return how many are packed.
  Index pack(Index panel, std::vector<std::vector<Index>>& outgoing) {
    const Range rows = source_.rows_of(panel);
    const Range places = rows_.places_in({first_row_ + rows.begin, first_row_ + rows.end});
    if (places.empty()) return 0;
    constexpr Index kNowhere = -1;
    std::vector<Index> place_of(static_cast<std::size_t>(rows.size()), kNowhere);
    for (Index t = places.begin; t < places.end; ++t) {
      place_of[static_cast<std::size_t>(rows_.line(t) - first_row_ - rows.begin)] = t;
    }
    Index packed = 0;
    source_.for_each_entry(panel, [&](Index i, Index j, Real value) {
      const ColumnTarget target = column_targets_[static_cast<std::size_t>(j)];
      const Index place = place_of[static_cast<std::size_t>(i - rows.begin)];
      if (target.grid_column < 0 || place == kNowhere) return;
      const Index row = row_owners_.to_local({place});
      const Index to = row_owners_.owner({place}) * grid_columns_ + target.grid_column;
      if (to == all_.rank()) {
        builder_.add({static_cast<std::int32_t>(row), target.column, value});
        return;
      }
      const PackedEntry here = pack_entry(row, target.column, static_cast<double>(value));
      auto& batch = outgoing[static_cast<std::size_t>(to)];
      batch.insert(batch.end(), here.begin(), here.end());
      ++packed;
    });
    return packed;
  }

  const Communicator& all_;
  const SparseBlock<Real>& source_;
  Index grid_columns_;
  std::vector<ColumnTarget> column_targets_;
  const ChosenLines& rows_;
  Index first_row_;
  BlockDistribution row_owners_;
  Index cut_rows_;
  Index cut_columns_;
  SparseBuilder<Real> builder_;
};

}  // namespace

template <class Real>
DistributedMatrix<Real> submatrix(const DistributedMatrix<Real>& X, const ChosenLines& rows,
                                  const ChosenLines& columns) {
  const MatrixLayout layout(rows.count(), columns.count(), X.grid().shape());
  const auto* sparse = dynamic_cast<const SparseBlock<Real>*>(&X.block());
  auto block = sparse != nullptr ? SparseCut(X, *sparse, layout, rows, columns).make()
                                 : DenseCut(X, dynamic_cast<const DenseBlock<Real>&>(X.block()),
                                            layout, rows, columns)
                                       .make();
  return {ProcessGrid(X.grid().all(), X.grid().shape()), layout, std::move(block)};
}

template DistributedMatrix<double> submatrix(const DistributedMatrix<double>&, const ChosenLines&,
                                             const ChosenLines&);
template DistributedMatrix<float> submatrix(const DistributedMatrix<float>&, const ChosenLines&,
                                            const ChosenLines&);

}  // namespace partita
