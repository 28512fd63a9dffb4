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

/// Sorts one row by columns and adds up duplicates, in place. @return values that are left.
template <class Real>
Index tidy_row(std::span<std::int32_t> columns, std::span<Real> values,
               std::vector<std::pair<std::int32_t, Real>>& space) {
  const auto out_of_order = std::ranges::adjacent_find(columns, std::greater_equal<>());
  if (out_of_order == columns.end()) return static_cast<Index>(columns.size());
  space.clear();
  for (std::size_t e = 0; e < columns.size(); ++e) space.emplace_back(columns[e], values[e]);
  std::ranges::stable_sort(space, {}, &std::pair<std::int32_t, Real>::first);
  std::size_t last = 0;
  for (std::size_t e = 0; e < space.size(); ++e) {
    if (e > 0 && space[e].first == columns[last]) {
      values[last] += space[e].second;
      continue;
    }
    if (e > 0) ++last;
    columns[last] = space[e].first;
    values[last] = space[e].second;
  }
  return static_cast<Index>(last) + 1;
}

}  // namespace

template <class Real>
SparseBuilder<Real>::SparseBuilder(Index rows, Index columns) : rows_(rows) {
  if (rows > kLargestExtent || columns > kLargestExtent) {
    throw Error(ErrorKind::usage, "a sparse block of " + std::to_string(rows) + " x " +
                                      std::to_string(columns) +
                                      " exceeds 2^31 - 1 rows or columns; use more processes");
  }
  while ((rows >> shift_) >= kRuns) ++shift_;
  runs_.resize(static_cast<std::size_t>((rows >> shift_) + 1));
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
CsrArrays<Real> SparseBuilder<Real>::write() {
  return write(
      {Storage<Index>(rows_ + 1), Storage<std::int32_t>(entries_), Storage<Real>(entries_)});
}

template <class Real>
CsrArrays<Real> SparseBuilder<Real>::write(CsrArrays<Real> arrays) {
  arrays.row_starts.values()[0] = 0;
  Index written = 0;
  for (std::size_t r = 0; r < runs_.size(); ++r) {
    const Index begin = static_cast<Index>(r) << shift_;
    written = write_run(runs_[r], {begin, std::min(begin + (Index{1} << shift_), rows_)}, arrays);
    runs_[r] = {};
  }
  entries_ = 0;
  arrays.column_indices.cut(written);
  arrays.values.cut(written);
  return arrays;
}

/// Writes the rows of one run behind those before it. @return values written so far.
template <class Real>
Index SparseBuilder<Real>::write_run(Run& run, Range rows, CsrArrays<Real>& arrays) {
  const std::span<Index> starts = arrays.row_starts.values();
  Index written = starts[static_cast<std::size_t>(rows.begin)];
  const auto for_each_entry = [&](auto take) {
    for (const MappedMemory& chunk : run.chunks) {
      const bool last = &chunk == &run.chunks.back();
      const Index count = kChunkEntries<Real> - (last ? run.room : 0);
      const auto* const entries = static_cast<const LocalEntry<Real>*>(chunk.data());
      for (Index e = 0; e < count; ++e) take(entries[e]);
    }
  };
  // Counting sort by row: counts, then the place of each row's next entry.
  std::vector<Index> next(static_cast<std::size_t>(rows.size()) + 1, 0);
  for_each_entry([&](const LocalEntry<Real>& entry) {
    ++next[static_cast<std::size_t>(entry.row - rows.begin) + 1];
  });
  next[0] = written;
  for (std::size_t i = 1; i < next.size(); ++i) next[i] += next[i - 1];
  const std::vector<Index> unsorted = next;
  for_each_entry([&](const LocalEntry<Real>& entry) {
    const auto place =
        static_cast<std::size_t>(next[static_cast<std::size_t>(entry.row - rows.begin)]++);
    arrays.column_indices.values()[place] = entry.column;
    arrays.values.values()[place] = entry.value;
  });
  std::vector<std::pair<std::int32_t, Real>> space;
  for (Index i = 0; i < rows.size(); ++i) {
    const auto from = static_cast<std::size_t>(unsorted[static_cast<std::size_t>(i)]);
    const auto count = static_cast<std::size_t>(unsorted[static_cast<std::size_t>(i) + 1]) - from;
    const auto columns = arrays.column_indices.values().subspan(from, count);
    const auto values = arrays.values.values().subspan(from, count);
    const Index left = tidy_row<Real>(columns, values, space);
    if (static_cast<Index>(from) != written) {  // duplicates before have left a gap
      std::ranges::copy(columns.first(static_cast<std::size_t>(left)),
                        arrays.column_indices.values().begin() + written);
      std::ranges::copy(values.first(static_cast<std::size_t>(left)),
                        arrays.values.values().begin() + written);
    }
    written += left;
    starts[static_cast<std::size_t>(rows.begin + i) + 1] = written;
  }
  return written;
}

template class SparseBuilder<double>;
template class SparseBuilder<float>;

}  // namespace partita
