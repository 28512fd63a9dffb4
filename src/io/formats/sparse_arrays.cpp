#include "io/formats/sparse_arrays.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "io/files/input_file.hpp"
#include "io/formats/held_sparse.hpp"
#include "io/text/number_text.hpp"

namespace partita {

namespace {

/// Bytes of text that are taken for as much as an entry, where reading text in bounded memory is
/// the measure.
constexpr Index kBytesOfEntry = 16;
/// Elements that the process which reads a stream holds for all at a time.
constexpr Index kMostInRound = Index{1} << 21;
/// Slices grow to whole pieces unless that makes them longer than so many times.
constexpr Index kLargestGrowth = 8;

int values_owner(const Communicator& /*world*/) {
  return 0;
}
int places_owner(const Communicator& world) {
  return 1 % world.size();
}
int lines_owner(const Communicator& world) {
  return 2 % world.size();
}

}  // namespace

SparseArraysSource::SparseArraysSource(const ReadOptions& options, SparseArrays arrays,
                                       Labels labels, NamedSides named)
    : options_(options), arrays_(std::move(arrays)), labels_(std::move(labels)) {
  if (arrays_.rows < 1 || arrays_.columns < 1) {
    throw bad_file(arrays_.name, "the matrix is empty: its shape is " +
                                     std::to_string(arrays_.rows) + " x " +
                                     std::to_string(arrays_.columns));
  }
  check_lengths();
  const Index stored = arrays_.values->length();
  shape_.rows = options.transpose ? arrays_.columns : arrays_.rows;
  shape_.columns = options.transpose ? arrays_.rows : arrays_.columns;
  shape_.sparse = is_held_sparse(stored, arrays_.rows, arrays_.columns, options.zeros);
  shape_.stored = shape_.sparse ? stored : arrays_.rows * arrays_.columns;
  shape_.has_row_labels = named.rows;
  shape_.has_column_labels = named.columns;
  if (arrays_.starts) {
    starts_.emplace(*arrays_.starts, arrays_.name + ": " + arrays_.starts_name);
  }
}

void SparseArraysSource::check_lengths() const {
  const Index entries = arrays_.values->length();
  const auto expect = [&](const FlatArray& array, const std::string& name, Index length,
                          const std::string& why) {
    if (array.length() == length) return;
    throw bad_file(arrays_.name, name + " has " + std::to_string(array.length()) +
                                     " elements where " + why + " ask for " +
                                     std::to_string(length));
  };
  const std::string of_values = "the values";
  expect(*arrays_.places, arrays_.places_name, entries, of_values);
  if (arrays_.lines) expect(*arrays_.lines, arrays_.lines_name, entries, of_values);
  if (!arrays_.starts) return;
  const Index lines = arrays_.line_count();
  expect(*arrays_.starts, arrays_.starts_name, lines + 1,
         std::to_string(lines) + (arrays_.order == SparseOrder::by_columns ? " columns" : " rows"));
}

Index SparseArraysSource::slice_length(const Communicator& world,
                                       const Placement& placement) const {
  const Index bytes = bounded_chunk(options_.chunk_bytes, world.size(), placement.copies());
  Index length = std::max<Index>(1, bytes / kBytesOfEntry);
  if (arrays_.values->is_stream() || arrays_.places->is_stream()) {
    return std::min(length, std::max<Index>(1, kMostInRound / world.size()));
  }
  const Index piece = std::max(arrays_.values->piece(), arrays_.places->piece());
  const Index whole = (length + piece - 1) / piece * piece;
  return whole <= kLargestGrowth * length ? whole : length;
}

/// Reads what this process has to read of an array: its own slice, or, as its owner, all slices.
template <class T>
void SparseArraysSource::load(const Communicator& world, FlatArray& array, int owner,
                              const Slices& slices, std::vector<T>& out) const {
  Range range = slices.mine;
  if (array.is_stream()) range = world.rank() == owner ? slices.round() : Range{};
  out.resize(static_cast<std::size_t>(range.size()));
  if (!range.empty()) array.read(range, std::span<T>(out));
}

template <class T>
void SparseArraysSource::hand_out(const Communicator& world, const FlatArray& array, int owner,
                                  const Slices& slices, std::vector<T>& values) const {
  if (!array.is_stream()) return;
  std::vector<std::vector<T>> outgoing(slices.all.size());
  if (world.rank() == owner) {
    const Index begin = slices.round().begin;
    for (std::size_t p = 0; p < outgoing.size(); ++p) {
      const Range slice = slices.all[p];
      outgoing[p].assign(values.begin() + (slice.begin - begin),
                         values.begin() + (slice.end - begin));
    }
  }
  values = partita::exchange(world, outgoing);
}

void SparseArraysSource::read(const Communicator& world, const Placement& placement,
                              PartSink& sink) {
  EntryRouter router(world, placement, sink);
  const Index entries = arrays_.values->length();
  if (starts_) starts_->check(world, entries);
  const Index length = slice_length(world, placement);
  Slices slices{std::vector<Range>(static_cast<std::size_t>(world.size())), {}};
  for (Index begin = 0; begin < entries;) {
    for (Range& slice : slices.all) {
      slice = {begin, std::min(begin + length, entries)};
      begin = slice.end;
    }
    slices.mine = slices.all[static_cast<std::size_t>(world.rank())];
    together(world, [&] {
      router.rethrow_failure();
      load(world, *arrays_.values, values_owner(world), slices, values_);
      load(world, *arrays_.places, places_owner(world), slices, places_);
      if (arrays_.lines) load(world, *arrays_.lines, lines_owner(world), slices, lines_);
    });
    hand_out(world, *arrays_.values, values_owner(world), slices, values_);
    hand_out(world, *arrays_.places, places_owner(world), slices, places_);
    if (arrays_.lines) hand_out(world, *arrays_.lines, lines_owner(world), slices, lines_);
    together(world, [&] { put_slice(slices.mine, router); });
    router.deliver();
  }
  together(world, [&] {
    router.rethrow_failure();
    arrays_.at_end();
  });
  entries_ = sum_over(world, router.entries());
}

void SparseArraysSource::check_index(Index index, Index extent, const std::string& array,
                                     Index entry) const {
  if (index >= 0 && index < extent) return;
  throw bad_file(arrays_.name, array + ": element " + std::to_string(entry) + " is " +
                                   std::to_string(index) + ", outside 0.." +
                                   std::to_string(extent - 1));
}

void SparseArraysSource::put_slice(Range slice, EntryRouter& router) {
  for (Index entry = slice.begin; entry < slice.end; ++entry) {
    const auto e = static_cast<std::size_t>(entry - slice.begin);
    Index row = starts_ ? starts_->line_of(entry) : lines_[e];
    Index column = places_[e];
    if (!starts_) check_index(row, arrays_.rows, arrays_.lines_name, entry);
    check_index(column, arrays_.place_count(), arrays_.places_name, entry);
    if (arrays_.order == SparseOrder::by_columns) std::swap(row, column);
    const double value = values_[e];
    if (!is_allowed(value, options_.values)) {
      throw bad_file(arrays_.name, "row " + std::to_string(row) + ", column " +
                                       std::to_string(column) +
                                       " (counted from 0): " + refusal(value));
    }
    const bool is_told = value != 0 || options_.zeros == StatedZeros::observed;
    if (!shape_.sparse && !is_told) continue;
    if (options_.transpose) std::swap(row, column);
    router.put(row, column, value);
  }
}

}  // namespace partita
