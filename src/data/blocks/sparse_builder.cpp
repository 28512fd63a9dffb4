#include "data/blocks/sparse_builder.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <bit>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/interruption.hpp"

namespace partita {

namespace {

constexpr Index kLargestExtent = std::numeric_limits<std::int32_t>::max();
/// Patches: of memory given back step by step, a step is one part in so many.
constexpr Index kPatches = 128;
/// Slices of a panel, where it has columns for them: of fewer, each has more columns to sort by
/// than stay in cache.
constexpr Index kSlices = 8;
/// Columns that a counting sort goes through for each entry, at most: with fewer entries they are
/// compared instead, so that empty columns cost nothing.
constexpr Index kColumnsOfEntry = 8;

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

/// Writes segments behind each other into the arrays of a block.
template <class Real>
class SegmentWriter {
 public:
  explicit SegmentWriter(PanelArrays<Real>& arrays) : arrays_(arrays) {}

  [[nodiscard]] const PanelStart& written() const { return written_; }
  /// Puts an entry at a place not before what is written; rows count from that one.
  void put(Index place, Index first_row, const LocalEntry<Real>& entry) {
    const auto at = static_cast<std::size_t>(place);
    arrays_.rows_inside.values()[at] = static_cast<std::uint16_t>(entry.row - first_row);
    arrays_.values.values()[at] = entry.value;
  }
  /// Makes entries that were put, all of one column, the next segment.
  void close(Index column, Index from, Index count) {
    const auto rows = part_of(arrays_.rows_inside, from, count);
    const auto values = part_of(arrays_.values, from, count);
    const Index left = tidy_segment<Real>(rows, values, space_);
    if (from != written_.entry) {  // duplicates before have left a gap
      std::copy_n(rows.begin(), left, arrays_.rows_inside.values().begin() + written_.entry);
      std::copy_n(values.begin(), left, arrays_.values.values().begin() + written_.entry);
    }
    const auto segment = static_cast<std::size_t>(written_.segment++);
    arrays_.columns.values()[segment] = static_cast<std::int32_t>(column);
    arrays_.lengths.values()[segment] = static_cast<std::uint16_t>(left);
    written_.entry += left;
  }

 private:
  PanelArrays<Real>& arrays_;
  PanelStart written_;
  std::vector<std::pair<std::uint16_t, Real>> space_;
};

/// Writes a patch by a counting sort over its columns.
template <class Real>
void write_by_counting(const EntryList<Real>& patch, Index first_row, Range columns,
                       SegmentWriter<Real>& writer) {
  // Counts, then the place of each column's next entry.
  std::vector<Index> next(static_cast<std::size_t>(columns.size()) + 1, 0);
  patch.for_each([&](const LocalEntry<Real>& entry) {
    ++next[static_cast<std::size_t>(entry.column - columns.begin) + 1];
  });
  next[0] = writer.written().entry;
  for (std::size_t j = 1; j < next.size(); ++j) next[j] += next[j - 1];
  Index from = next[0];
  patch.for_each([&](const LocalEntry<Real>& entry) {
    writer.put(next[static_cast<std::size_t>(entry.column - columns.begin)]++, first_row, entry);
  });
  for (Index j = 0; j < columns.size(); ++j) {
    const Index end = next[static_cast<std::size_t>(j)];
    if (end > from) writer.close(columns.begin + j, from, end - from);
    from = end;
  }
}

/// The same by comparing the entries.
template <class Real>
void write_by_comparing(const EntryList<Real>& patch, Index first_row,
                        SegmentWriter<Real>& writer) {
  std::vector<LocalEntry<Real>> entries;
  patch.for_each([&](const LocalEntry<Real>& entry) { entries.push_back(entry); });
  std::ranges::stable_sort(entries, {}, &LocalEntry<Real>::column);
  const Index begin = writer.written().entry;
  for (std::size_t e = 0; e < entries.size(); ++e) {
    writer.put(begin + static_cast<Index>(e), first_row, entries[e]);
  }
  for (std::size_t e = 0, end = 0; e < entries.size(); e = end) {
    while (end < entries.size() && entries[end].column == entries[e].column) ++end;
    writer.close(entries[e].column, begin + static_cast<Index>(e), static_cast<Index>(end - e));
  }
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
  SegmentWriter<Real> writer(arrays);
  auto patch = patches_.begin();
  for (Index panel = 0; panel < panels_; ++panel) {
    check_interrupted();
    const Index first_row = panel << row_shift_;
    arrays.starts.values()[static_cast<std::size_t>(panel)] = writer.written();
    for (Index slice = 0; slice < slices_; ++slice) {
      const EntryList<Real> entries = std::exchange(*patch++, {});
      const Index first_column = slice << column_shift_;
      const Range columns{first_column,
                          std::min(first_column + (Index{1} << column_shift_), columns_)};
      if (kColumnsOfEntry * entries.size() >= columns.size()) {
        write_by_counting(entries, first_row, columns, writer);
      } else {
        write_by_comparing(entries, first_row, writer);
      }
    }
  }
  arrays.starts.values().back() = writer.written();
  entries_ = 0;
  arrays.cut();
  return arrays;
}

template class SparseBuilder<double>;
template class SparseBuilder<float>;

}  // namespace partita
