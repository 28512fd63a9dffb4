#include "partita/data/sparse_builder.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <bit>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace partita {

namespace {

constexpr Index kLargestExtent = std::numeric_limits<std::int32_t>::max();
/// Patches: of memory given back step by step, a step is one part in so many.
constexpr Index kPatches = 128;
/// Slices of a panel, where it has columns for them: of fewer, each has more columns to sort by
/// than stay in cache.
constexpr Index kSlices = 8;
constexpr Index kChunkBytes = Index{1} << 18;
template <class Real>
constexpr Index kChunkEntries = kChunkBytes / static_cast<Index>(sizeof(LocalEntry<Real>));

/// Parts of 2^shift that a length has.
constexpr Index parts_of(Index length, int shift) {
  return (length + (Index{1} << shift) - 1) >> shift;
}

template <class T>
std::span<T> part_of(Storage<T>& storage, Index from, Index count) {
  return storage.values().subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(count));
}

/// Sorts a segment by rows and adds up duplicates, in place. @return entries that are left.
template <class Real>
Index tidy_segment(std::span<std::uint16_t> rows, std::span<Real> values,
                   std::vector<std::pair<std::uint16_t, Real>>& space) {
  const auto out_of_order = std::ranges::adjacent_find(rows, std::greater_equal<>());
  if (out_of_order == rows.end()) return static_cast<Index>(rows.size());
  space.clear();
  for (std::size_t e = 0; e < rows.size(); ++e) space.emplace_back(rows[e], values[e]);
  std::ranges::stable_sort(space, {}, &std::pair<std::uint16_t, Real>::first);
  std::size_t last = 0;
  for (std::size_t e = 0; e < space.size(); ++e) {
    if (e > 0 && space[e].first == rows[last]) {
      values[last] += space[e].second;
      continue;
    }
    if (e > 0) ++last;
    rows[last] = space[e].first;
    values[last] = space[e].second;
  }
  return static_cast<Index>(last) + 1;
}

}  // namespace

template <class Real>
SparseBuilder<Real>::SparseBuilder(Index rows, Index columns, Index panel_rows)
    : columns_(columns) {
  if (rows > kLargestExtent || columns > kLargestExtent) {
    throw Error(ErrorKind::usage, "a sparse block of " + std::to_string(rows) + " x " +
                                      std::to_string(columns) +
                                      " exceeds 2^31 - 1 rows or columns; use more processes");
  }
  const auto log2 = [](Index length) {
    return static_cast<int>(std::bit_width(static_cast<std::uint64_t>(length))) - 1;
  };
  row_shift_ = log2(std::clamp<Index>(panel_rows, 1, kMostPanelRows));
  panels_ = parts_of(rows, row_shift_);
  column_shift_ = log2(std::max<Index>(columns, 1));
  const Index wanted = std::max(kSlices, kPatches / std::max<Index>(panels_, 1));
  while (column_shift_ > 0 && parts_of(columns, column_shift_) < wanted) --column_shift_;
  slices_ = parts_of(columns, column_shift_);
  patches_.resize(static_cast<std::size_t>(panels_ * slices_));
}

template <class Real>
Index SparseBuilder<Real>::most_segments() const {
  return std::min(entries_, panels_ * columns_);
}

template <class Real>
void SparseBuilder<Real>::add_chunk(Patch& patch) {
  // Huge pages would make every patch, however small, take a whole one.
  const MappedMemory& chunk =
      patch.chunks.emplace_back(static_cast<std::size_t>(kChunkBytes), MappedMemory::Pages::small);
  patch.next = static_cast<LocalEntry<Real>*>(chunk.data());
  patch.room = kChunkEntries<Real>;
}

template <class Real>
template <class Take>
void SparseBuilder<Real>::for_each_entry(const Patch& patch, Take take) const {
  for (const MappedMemory& chunk : patch.chunks) {
    const bool last = &chunk == &patch.chunks.back();
    const Index count = kChunkEntries<Real> - (last ? patch.room : 0);
    std::for_each_n(static_cast<const LocalEntry<Real>*>(chunk.data()), count, take);
  }
}

template <class Real>
PanelArrays<Real> SparseBuilder<Real>::write() {
  return write({.starts = Storage<PanelStart>(panels_ + 1),
                .columns = Storage<std::int32_t>(most_segments()),
                .lengths = Storage<std::uint16_t>(most_segments()),
                .rows_inside = Storage<std::uint16_t>(entries_),
                .values = Storage<Real>(entries_)});
}

template <class Real>
PanelArrays<Real> SparseBuilder<Real>::write(PanelArrays<Real> arrays) {
  arrays.panel_rows = Index{1} << row_shift_;
  PanelStart written;
  for (Index panel = 0; panel < panels_; ++panel) {
    arrays.starts.values()[static_cast<std::size_t>(panel)] = written;
    for (Index slice = 0; slice < slices_; ++slice) {
      written = write_patch(panel, slice, written, arrays);
    }
  }
  arrays.starts.values().back() = written;
  entries_ = 0;
  arrays.cut();
  return arrays;
}

/// Writes a patch behind what is written. @return how much that is then.
template <class Real>
PanelStart SparseBuilder<Real>::write_patch(Index panel, Index slice, PanelStart written,
                                            PanelArrays<Real>& arrays) {
  Patch& patch = patches_[static_cast<std::size_t>(panel * slices_ + slice)];
  const Index first_row = panel << row_shift_;
  const Index first_column = slice << column_shift_;
  const Index width = std::min(Index{1} << column_shift_, columns_ - first_column);
  // Counting sort by column: counts, then the place of each column's next entry.
  std::vector<Index> next(static_cast<std::size_t>(width) + 1, 0);
  for_each_entry(patch, [&](const LocalEntry<Real>& entry) {
    ++next[static_cast<std::size_t>(entry.column - first_column) + 1];
  });
  next[0] = written.entry;
  for (std::size_t j = 1; j < next.size(); ++j) next[j] += next[j - 1];
  for_each_entry(patch, [&](const LocalEntry<Real>& entry) {
    const auto place =
        static_cast<std::size_t>(next[static_cast<std::size_t>(entry.column - first_column)]++);
    arrays.rows_inside.values()[place] = static_cast<std::uint16_t>(entry.row - first_row);
    arrays.values.values()[place] = entry.value;
  });
  patch = {};
  std::vector<std::pair<std::uint16_t, Real>> space;
  Index from = written.entry;
  for (Index j = 0; j < width; ++j) {
    const Index count = next[static_cast<std::size_t>(j)] - from;
    if (count == 0) continue;
    const auto rows = part_of(arrays.rows_inside, from, count);
    const auto values = part_of(arrays.values, from, count);
    const Index left = tidy_segment<Real>(rows, values, space);
    if (from != written.entry) {  // duplicates before have left a gap
      std::copy_n(rows.begin(), left, arrays.rows_inside.values().begin() + written.entry);
      std::copy_n(values.begin(), left, arrays.values.values().begin() + written.entry);
    }
    arrays.columns.values()[static_cast<std::size_t>(written.segment)] =
        static_cast<std::int32_t>(first_column + j);
    arrays.lengths.values()[static_cast<std::size_t>(written.segment)] =
        static_cast<std::uint16_t>(left);
    ++written.segment;
    written.entry += left;
    from += count;
  }
  return written;
}

template class SparseBuilder<double>;
template class SparseBuilder<float>;

}  // namespace partita
