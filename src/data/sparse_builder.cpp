#include "partita/data/sparse_builder.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace partita {

namespace {

constexpr Index kLargestExtent = std::numeric_limits<std::int32_t>::max();
/// Runs of rows: of memory given back step by step, a step is one part in so many.
constexpr Index kRuns = 128;
constexpr Index kChunkBytes = Index{1} << 21;
template <class Real>
constexpr Index kChunkEntries = kChunkBytes / static_cast<Index>(sizeof(LocalEntry<Real>));

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
    : rows_(rows), columns_(columns) {
  if (rows > kLargestExtent || columns > kLargestExtent) {
    throw Error(ErrorKind::usage, "a sparse block of " + std::to_string(rows) + " x " +
                                      std::to_string(columns) +
                                      " exceeds 2^31 - 1 rows or columns; use more processes");
  }
  panel_rows = std::clamp<Index>(panel_rows, 1, kMostPanelRows);
  const auto rows_of_run = [&] { return Index{1} << shift_; };
  while (rows > kRuns * rows_of_run() && 2 * rows_of_run() <= panel_rows) ++shift_;
  runs_of_panel_ = panel_rows / rows_of_run();
  runs_.resize(static_cast<std::size_t>((rows + rows_of_run() - 1) / rows_of_run()));
  panels_ = (static_cast<Index>(runs_.size()) + runs_of_panel_ - 1) / runs_of_panel_;
}

template <class Real>
Index SparseBuilder<Real>::most_segments() const {
  return std::min(entries_, panels_ * columns_);
}

template <class Real>
void SparseBuilder<Real>::add_chunk(Run& run) {
  // Huge pages would make every run, however short, take a whole one.
  const MappedMemory& chunk =
      run.chunks.emplace_back(static_cast<std::size_t>(kChunkBytes), MappedMemory::Pages::small);
  run.next = static_cast<LocalEntry<Real>*>(chunk.data());
  run.room = kChunkEntries<Real>;
}

template <class Real>
template <class Take>
void SparseBuilder<Real>::for_each_entry(const Run& run, Take take) const {
  for (const MappedMemory& chunk : run.chunks) {
    const bool last = &chunk == &run.chunks.back();
    const Index count = kChunkEntries<Real> - (last ? run.room : 0);
    const auto* const entries = static_cast<const LocalEntry<Real>*>(chunk.data());
    std::for_each_n(entries, count, take);
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
  arrays.panel_rows = runs_of_panel_ << shift_;
  PanelStart end;
  for (Index panel = 0; panel < panels_; ++panel) {
    arrays.starts.values()[static_cast<std::size_t>(panel)] = end;
    end = write_panel(panel, arrays);
  }
  arrays.starts.values().back() = end;
  entries_ = 0;
  arrays.columns.cut(end.segment);
  arrays.lengths.cut(end.segment);
  arrays.rows_inside.cut(end.entry);
  arrays.values.cut(end.entry);
  return arrays;
}

/// Writes the runs of one panel behind what its start tells. @return the start of the next.
template <class Real>
PanelStart SparseBuilder<Real>::write_panel(Index panel, PanelArrays<Real>& arrays) {
  const auto first_run = static_cast<std::size_t>(panel * runs_of_panel_);
  const std::span<Run> runs = std::span(runs_).subspan(
      first_run, std::min(static_cast<std::size_t>(runs_of_panel_), runs_.size() - first_run));
  const Index first_row = panel * arrays.panel_rows;
  PanelStart written = arrays.starts.values()[static_cast<std::size_t>(panel)];
  // Counting sort by column: counts, then the place of each column's next entry.
  std::vector<Index> next(static_cast<std::size_t>(columns_) + 1, 0);
  for (const Run& run : runs) {
    for_each_entry(run, [&](const LocalEntry<Real>& entry) {
      ++next[static_cast<std::size_t>(entry.column) + 1];
    });
  }
  next[0] = written.entry;
  for (std::size_t j = 1; j < next.size(); ++j) next[j] += next[j - 1];
  for (Run& run : runs) {
    for_each_entry(run, [&](const LocalEntry<Real>& entry) {
      const auto place = static_cast<std::size_t>(next[static_cast<std::size_t>(entry.column)]++);
      arrays.rows_inside.values()[place] = static_cast<std::uint16_t>(entry.row - first_row);
      arrays.values.values()[place] = entry.value;
    });
    run = {};
  }
  std::vector<std::pair<std::uint16_t, Real>> space;
  Index from = written.entry;
  for (Index j = 0; j < columns_; ++j) {
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
        static_cast<std::int32_t>(j);
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
