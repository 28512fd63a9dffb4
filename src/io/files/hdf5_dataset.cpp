#include "io/files/hdf5_dataset.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "io/files/hdf5_text.hpp"

namespace partita {

namespace {

/// Deflate packs at most 1032 to 1.
constexpr Index kLargestPacking = 1032;
/// A chunk is unpacked whole, so that it must fit into memory beside the matrix.
constexpr Index kLargestChunk = Index{1} << 30;
constexpr Index kLongestText = Index{1} << 20;
constexpr Index kTextsAtATime = 1 << 14;

/// Filters that are part of HDF5 and can be read; others may run code from anywhere.
bool is_read(H5Z_filter_t filter) {
  return filter == H5Z_FILTER_DEFLATE || filter == H5Z_FILTER_SHUFFLE ||
         filter == H5Z_FILTER_FLETCHER32;
}

std::string shape_text(const std::vector<Index>& extents) {
  std::string text;
  for (const Index extent : extents) text += (text.empty() ? "" : " x ") + std::to_string(extent);
  return text.empty() ? "a single value" : text;
}

/// Their product; the largest Index where that is larger.
Index product(const std::vector<Index>& factors) {
  Index all = 1;
  for (const Index factor : factors) {
    if (factor != 0 && all > std::numeric_limits<Index>::max() / factor) {
      return std::numeric_limits<Index>::max();
    }
    all *= factor;
  }
  return all;
}

}  // namespace

Hdf5Dataset::Hdf5Dataset(const Hdf5File& file, const std::string& object)
    : file_(file), name_(file.path() + ": " + object), handle_(file.open_object(object)) {
  if (H5Iget_type(handle_.id()) != H5I_DATASET) throw bad("it is not a dataset");
  const Hdf5Handle space(
      read_checked(H5Dget_space(handle_.id()), name_, "its shape cannot be read"), H5Sclose);
  const int dimensions = H5Sget_simple_extent_ndims(space.id());
  std::array<hsize_t, H5S_MAX_RANK> extents{};
  if (H5Sget_simple_extent_type(space.id()) == H5S_SIMPLE && dimensions >= 0) {
    read_checked(H5Sget_simple_extent_dims(space.id(), extents.data(), nullptr), name_,
                 "its shape cannot be read");
    for (int d = 0; d < dimensions; ++d) {
      const hsize_t extent = extents[static_cast<std::size_t>(d)];
      const bool fits = extent <= static_cast<hsize_t>(std::numeric_limits<Index>::max());
      extents_.push_back(fits ? static_cast<Index>(extent) : std::numeric_limits<Index>::max());
    }
  }
  check_type();
  check_layout();
}

void Hdf5Dataset::check_type() {
  type_ = {read_checked(H5Dget_type(handle_.id()), name_, "its type cannot be read"), H5Tclose};
  item_bytes_ = static_cast<Index>(H5Tget_size(type_.id()));
  switch (H5Tget_class(type_.id())) {
    case H5T_INTEGER:
      elements_ = Hdf5Elements::whole;
      break;
    case H5T_FLOAT:
      elements_ = Hdf5Elements::real;
      break;
    case H5T_ENUM:
      elements_ = Hdf5Elements::boolean;
      break;
    case H5T_STRING:
      elements_ = Hdf5Elements::text;
      if (item_bytes_ > kLongestText) throw bad("its strings are longer than 1 MiB");
      return;
    case H5T_COMPOUND:
      throw bad("its elements are compound (perhaps complex), not real or whole numbers");
    default:
      throw bad("its elements are neither numbers nor text");
  }
  if (item_bytes_ > static_cast<Index>(sizeof(double))) {
    throw bad("its numbers have " + std::to_string(item_bytes_) +
              " bytes each; at most 8 are read");
  }
}

void Hdf5Dataset::check_layout() {
  const Hdf5Handle creation(
      read_checked(H5Dget_create_plist(handle_.id()), name_, "its layout cannot be read"),
      H5Pclose);
  const H5D_layout_t layout = H5Pget_layout(creation.id());
  if (layout == H5D_VIRTUAL) {
    throw bad("it is a virtual dataset, made of others; copy it into a dataset of its own");
  }
  if (H5Pget_external_count(creation.id()) != 0) {
    throw bad("its values are in another file; put them into this one (h5repack)");
  }
  check_filters(creation.id());
  const bool is_chunked = layout == H5D_CHUNKED;
  if (is_chunked) {
    std::array<hsize_t, H5S_MAX_RANK> sizes{};
    const int dimensions = H5Pget_chunk(creation.id(), H5S_MAX_RANK, sizes.data());
    for (int d = 0; d < dimensions; ++d) {
      chunk_.push_back(static_cast<Index>(sizes[static_cast<std::size_t>(d)]));
    }
    if (chunk_.size() != extents_.size()) throw bad("its chunks have another shape than it has");
  }
  check_size(is_chunked);
}

void Hdf5Dataset::check_filters(hid_t creation) {
  const int count = read_checked(H5Pget_nfilters(creation), name_, "its filters cannot be read");
  for (int f = 0; f < count; ++f) {
    unsigned flags = 0;
    std::size_t values = 0;
    unsigned configuration = 0;
    std::array<char, 64> label{};
    const H5Z_filter_t filter = H5Pget_filter2(creation, static_cast<unsigned>(f), &flags, &values,
                                               nullptr, label.size(), label.data(), &configuration);
    if (is_read(filter)) continue;
    label.back() = '\0';
    throw bad("it is packed by the filter " + std::string(label.data()) + " (number " +
              std::to_string(filter) +
              "), which is not read; repack it with gzip (h5repack -f "
              "GZIP=4)");
  }
}

/// Refuses what the file cannot hold before any memory is set aside for it.
void Hdf5Dataset::check_size(bool is_packed) const {
  std::vector<Index> factors = extents_;
  factors.push_back(item_bytes_);
  const Index bytes = product(factors);
  const auto stored = static_cast<Index>(H5Dget_storage_size(handle_.id()));
  const Index held = std::min(stored, file_.size());
  if (bytes > 0 && held <= 0) throw bad("nothing has been written to it");
  const Index most = is_packed ? held * kLargestPacking : held;
  if (bytes > most) {
    throw bad("a shape of " + shape_text(extents_) +
              " is more than the file can hold: it is truncated or damaged");
  }
  std::vector<Index> chunk = chunk_;
  chunk.push_back(item_bytes_);
  if (product(chunk) > std::min(kLargestChunk, file_.size() * kLargestPacking)) {
    throw bad("its chunks of " + shape_text(chunk_) +
              " are too large to be unpacked; repack it with smaller ones (h5repack -l CHUNK=...)");
  }
}

Index Hdf5Dataset::length_of_numbers() const {
  if (elements_ == Hdf5Elements::text) throw bad("it holds text, not numbers");
  if (extents_.size() == 1) return extents_.front();
  throw bad("one dimension is expected, found " + shape_text(extents_));
}

Index Hdf5Dataset::length_of_text() const {
  if (elements_ != Hdf5Elements::text) throw bad("it holds numbers, not text");
  if (extents_.size() == 1) return extents_.front();
  throw bad("one dimension is expected, found " + shape_text(extents_));
}

Hdf5Dataset::Selection Hdf5Dataset::select(std::span<const Range> ranges) const {
  const std::string what = "its values cannot be read";
  std::array<hsize_t, 2> begin{};
  std::array<hsize_t, 2> count{};
  for (std::size_t d = 0; d < ranges.size(); ++d) {
    begin[d] = static_cast<hsize_t>(ranges[d].begin);
    count[d] = static_cast<hsize_t>(ranges[d].size());
  }
  Selection selection;
  selection.file = {read_checked(H5Dget_space(handle_.id()), name_, what), H5Sclose};
  read_checked(H5Sselect_hyperslab(selection.file.id(), H5S_SELECT_SET, begin.data(), nullptr,
                                   count.data(), nullptr),
               name_, what);
  selection.memory = {
      read_checked(H5Screate_simple(static_cast<int>(ranges.size()), count.data(), nullptr), name_,
                   what),
      H5Sclose};
  return selection;
}

void Hdf5Dataset::read_as(hid_t type, std::span<const Range> ranges, void* out) const {
  if (ranges.size() != extents_.size()) {
    throw bad(std::to_string(ranges.size()) + " dimensions are expected, found " +
              shape_text(extents_));
  }
  const Selection selection = select(ranges);
  read_checked(
      H5Dread(handle_.id(), type, selection.memory.id(), selection.file.id(), H5P_DEFAULT, out),
      name_, "its values cannot be read");
}

void Hdf5Dataset::read(Range range, std::span<double> out) const {
  read_as(H5T_NATIVE_DOUBLE, std::span(&range, 1), out.data());
}

void Hdf5Dataset::read(Range range, std::span<Index> out) const {
  read_as(H5T_NATIVE_INT64, std::span(&range, 1), out.data());
}

void Hdf5Dataset::read(Range rows, Range columns, std::span<double> out) const {
  const std::array<Range, 2> ranges{rows, columns};
  read_as(H5T_NATIVE_DOUBLE, ranges, out.data());
}

std::vector<std::string> Hdf5Dataset::read_text(Range range) const {
  std::vector<std::string> texts;
  for (Index begin = range.begin; begin < range.end; begin += kTextsAtATime) {
    const Range some{begin, std::min(begin + kTextsAtATime, range.end)};
    const Selection selection = select(std::span(&some, 1));
    TextItems items(type_.id(), static_cast<std::size_t>(some.size()), file_.heap());
    read_checked(H5Dread(handle_.id(), items.type(), selection.memory.id(), selection.file.id(),
                         H5P_DEFAULT, items.data()),
                 name_, "its text cannot be read");
    for (Index i = 0; i < some.size(); ++i) texts.push_back(items.at(static_cast<std::size_t>(i)));
  }
  return texts;
}

}  // namespace partita
