// Matrices in HDF5 files. Every process opens the file by itself and reads what it needs.
#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/interruption.hpp"
#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "io/files/hdf5_dataset.hpp"
#include "io/files/hdf5_file.hpp"
#include "io/formats/formats.hpp"
#include "io/formats/given_names.hpp"
#include "io/formats/hdf5_layout.hpp"
#include "io/formats/sparse_arrays.hpp"
#include "io/spread/source_views.hpp"
#include "io/text/number_text.hpp"

namespace partita {

namespace {

/// Bytes of values that are read at a time where they do not go straight to their place.
constexpr Index kTileBytes = Index{1} << 22;
/// Up to here a tile grows to whole chunks.
constexpr Index kLargestTile = Index{1} << 25;

/// A dataset of two dimensions.
class Hdf5DenseSource final : public MatrixSource {
 public:
  Hdf5DenseSource(std::shared_ptr<const Hdf5File> file, std::unique_ptr<Hdf5Dataset> dataset,
                  const ReadOptions& options, Labels labels, NamedSides named, Reading reading)
      : file_(std::move(file)),
        dataset_(std::move(dataset)),
        options_(options),
        labels_(std::move(labels)),
        reading_(std::move(reading)) {
    shape_.rows = options.transpose ? columns() : rows();
    shape_.columns = options.transpose ? rows() : columns();
    shape_.stored = rows() * columns();
    shape_.has_row_labels = named.rows;
    shape_.has_column_labels = named.columns;
  }

  [[nodiscard]] const MatrixShape& shape() const override { return shape_; }
  [[nodiscard]] const Labels& labels() const override { return labels_; }
  [[nodiscard]] const Reading& reading() const override { return reading_; }
  [[nodiscard]] Index entries() const override { return shape_.stored; }
  void read(const Communicator& world, const Placement& placement, PartSink& sink) override;

 private:
  static constexpr Index kNone = std::numeric_limits<Index>::max();

  [[nodiscard]] Index rows() const { return dataset_->extents()[0]; }
  [[nodiscard]] Index columns() const { return dataset_->extents()[1]; }
  /// Both return the place in the file (row * columns + column) of the first value that is refused.
  Index read_part(const Part& part, PartSink& sink);
  Index read_tile(Range rows, Range columns, const Part& part, PartSink& sink);
  [[nodiscard]] Error refused(Index place) const;

  std::shared_ptr<const Hdf5File> file_;
  std::unique_ptr<Hdf5Dataset> dataset_;
  ReadOptions options_;
  MatrixShape shape_;
  Labels labels_;
  Reading reading_;
  std::vector<double> values_;
};

/// Length of the steps through `range` that end where chunks do, of about `wanted` elements.
Index step_of(Index wanted, Index chunk) {
  return std::max<Index>(1, wanted / chunk) * chunk;
}

/// The end of a step that begins at `at`.
Index end_of_step(Index at, Index step, Index end) {
  return std::min((at / step + 1) * step, end);
}

void Hdf5DenseSource::read(const Communicator& world, const Placement& placement, PartSink& sink) {
  Index place = kNone;
  together(world, [&] {
    place = read_part(placement.part(world.rank()), sink);
    file_->check_unchanged();
  });
  const Index first = min_over(world, place);
  if (first == kNone) return;
  together(world, [&] {
    if (place == first) throw refused(first);
  });
}

Index Hdf5DenseSource::read_part(const Part& part, PartSink& sink) {
  if (part.empty()) return kNone;
  const Range my_rows = options_.transpose ? part.columns : part.rows;
  const Range my_columns = options_.transpose ? part.rows : part.columns;
  const bool is_chunked = !dataset_->chunk().empty();
  const Index chunk_rows = is_chunked ? dataset_->chunk()[0] : 1;
  const Index chunk_columns = is_chunked ? dataset_->chunk()[1] : 1;
  constexpr auto kItem = static_cast<Index>(sizeof(double));
  // Whole rows of the part, unless those of a chunk are too many.
  const bool whole_rows = my_columns.size() <= kLargestTile / kItem / chunk_rows;
  const Index column_step =
      whole_rows ? columns() : step_of(kTileBytes / kItem / chunk_rows, chunk_columns);
  const Index width = std::min(column_step, my_columns.size());
  const Index row_step = step_of(kTileBytes / kItem / width, chunk_rows);
  Index place = kNone;
  for (Index row = my_rows.begin; row < my_rows.end;) {
    const Range some_rows{row, end_of_step(row, row_step, my_rows.end)};
    row = some_rows.end;
    for (Index column = my_columns.begin; column < my_columns.end;) {
      check_interrupted();
      const Range some{column, end_of_step(column, column_step, my_columns.end)};
      column = some.end;
      place = std::min(place, read_tile(some_rows, some, part, sink));
    }
    if (place != kNone) break;  // later rows only hold later places
  }
  return place;
}

Index Hdf5DenseSource::read_tile(Range rows, Range columns, const Part& part, PartSink& sink) {
  std::span<double> place;
  if (!options_.transpose && columns == part.columns) {
    place = sink.place_of({rows.begin - part.rows.begin, rows.end - part.rows.begin});
  }
  if (place.empty()) {
    values_.resize(static_cast<std::size_t>(rows.size() * columns.size()));
    dataset_->read(rows, columns, values_);
  } else {
    dataset_->read(rows, columns, place);
  }
  const std::span<const double> values = place.empty() ? std::span<const double>(values_) : place;
  const auto bad = static_cast<Index>(first_refused(values, options_.values));
  if (bad < static_cast<Index>(values.size())) {
    return (rows.begin + bad / columns.size()) * this->columns() + columns.begin +
           bad % columns.size();
  }
  if (!place.empty()) return kNone;
  if (options_.transpose) {
    sink.set(columns.begin - part.rows.begin, rows.begin - part.columns.begin,
             {values_.data(), columns.size(), rows.size(), 1, columns.size()});
  } else {
    sink.set(rows.begin - part.rows.begin, columns.begin - part.columns.begin,
             {values_.data(), rows.size(), columns.size(), columns.size(), 1});
  }
  return kNone;
}

Error Hdf5DenseSource::refused(Index place) const {
  const Index row = place / columns();
  const Index column = place % columns();
  double value = 0;
  dataset_->read({row, row + 1}, {column, column + 1}, std::span(&value, 1));
  return bad_file(dataset_->name(), "row " + std::to_string(row) + ", column " +
                                        std::to_string(column) +
                                        " (counted from 0): " + refusal(value));
}

/// A dataset of one dimension.
class Hdf5Array final : public FlatArray {
 public:
  Hdf5Array(std::shared_ptr<const Hdf5File> file, const std::string& object)
      : file_(std::move(file)), dataset_(*file_, object), length_(dataset_.length_of_numbers()) {}

  [[nodiscard]] Index length() const override { return length_; }
  [[nodiscard]] Index piece() const override {
    return dataset_.chunk().empty() ? 1 : dataset_.chunk().front();
  }
  void read(Range range, std::span<double> out) override { dataset_.read(range, out); }
  void read(Range range, std::span<Index> out) override { dataset_.read(range, out); }
  /// @throws Error (bad_data) unless its numbers are whole.
  void expect_whole() const {
    if (dataset_.elements() == Hdf5Elements::whole) return;
    throw bad_file(dataset_.name(), "whole numbers are expected");
  }

 private:
  std::shared_ptr<const Hdf5File> file_;
  Hdf5Dataset dataset_;
  Index length_;
};

std::unique_ptr<FlatArray> whole_array(const std::shared_ptr<const Hdf5File>& file,
                                       const std::string& object) {
  auto array = std::make_unique<Hdf5Array>(file, object);
  array->expect_whole();
  return array;
}

/// Rows and columns of a group of arrays.
std::array<Index, 2> shape_of_group(const std::shared_ptr<const Hdf5File>& file,
                                    const Hdf5Place& place) {
  std::vector<Index> shape;
  if (place.kind == Hdf5Place::Kind::tenx) {
    const auto array = whole_array(file, place.object + "/shape");
    shape.resize(static_cast<std::size_t>(std::min<Index>(array->length(), 3)));
    array->read({0, static_cast<Index>(shape.size())}, std::span<Index>(shape));
  } else {
    for (const char* name : {"shape", "h5sparse_shape"}) {
      if (shape.empty()) shape = file->whole_attribute(place.object, name).value_or(shape);
    }
  }
  if (shape.size() == 2 && shape[0] >= 0 && shape[1] >= 0) return {shape[0], shape[1]};
  throw bad_file(file->path() + ": " + place.object,
                 "it has no shape of two whole numbers, so it is not a sparse matrix");
}

SparseOrder order_of_group(const Hdf5File& file, const Hdf5Place& place) {
  if (place.kind == Hdf5Place::Kind::tenx) return SparseOrder::by_columns;
  std::string kind;
  for (const char* name : {"encoding-type", "h5sparse_format"}) {
    if (kind.empty()) kind = file.text_attribute(place.object, name).value_or(kind);
  }
  if (kind.starts_with("csr")) return SparseOrder::by_rows;
  if (kind.starts_with("csc")) return SparseOrder::by_columns;
  throw bad_file(file.path() + ": " + place.object,
                 (kind.empty() ? "no encoding-type says"
                               : "its encoding-type " + shown(kind) + " does not say") +
                     std::string(" whether it is csr_matrix or csc_matrix"));
}

SparseArrays arrays_of(const std::shared_ptr<const Hdf5File>& file, const Hdf5Place& place) {
  const std::array<Index, 2> shape = shape_of_group(file, place);
  SparseArrays arrays;
  arrays.name = file->path() + ": " + place.object;
  arrays.order = order_of_group(*file, place);
  arrays.rows = shape[0];
  arrays.columns = shape[1];
  arrays.values = std::make_unique<Hdf5Array>(file, place.object + "/data");
  arrays.places = whole_array(file, place.object + "/indices");
  arrays.starts = whole_array(file, place.object + "/indptr");
  arrays.at_end = [file] { file->check_unchanged(); };
  return arrays;
}

/// The dataset of a dense matrix. @throws Error (bad_data) unless it has two dimensions.
std::unique_ptr<Hdf5Dataset> open_dense(const Hdf5File& file, const std::string& object) {
  auto dataset = std::make_unique<Hdf5Dataset>(file, object);
  if (dataset->elements() == Hdf5Elements::text) {
    throw bad_file(dataset->name(), "it holds text, not numbers");
  }
  if (dataset->extents().size() == 2) {
    if (dataset->extents()[0] > 0 && dataset->extents()[1] > 0) return dataset;
    throw bad_file(dataset->name(), "the matrix is empty: it has no rows or no columns");
  }
  throw bad_file(dataset->name(), "it has " + std::to_string(dataset->extents().size()) +
                                      " dimensions; a matrix has 2");
}

/// Names, and whether there are any.
std::vector<std::string> names_of(const Hdf5File& file, const Hdf5Names& source, Index count,
                                  const std::string& kind, int& are_there) {
  std::vector<std::string> names = read_hdf5_names(file, source, count, kind);
  are_there = names.empty() ? 0 : 1;
  return names;
}

}  // namespace

std::unique_ptr<MatrixSource> open_hdf5(const Communicator& world, const std::string& path,
                                        const ReadOptions& options) {
  static_cast<void>(open_everywhere(world, path));  // says where it is missing
  std::shared_ptr<const Hdf5File> file;
  Hdf5Place place;
  std::unique_ptr<Hdf5Dataset> dense;
  SparseArrays arrays;
  std::array<Index, 2> shape{};
  together(world, [&] {
    file = std::make_shared<const Hdf5File>(path);
    place = find_hdf5_matrix(*file, options.dataset);
    if (place.kind == Hdf5Place::Kind::dense) {
      dense = open_dense(*file, place.object);
      shape = {dense->extents()[0], dense->extents()[1]};
    } else {
      arrays = arrays_of(file, place);
      shape = {arrays.rows, arrays.columns};
    }
    if (!options.rows_file.empty()) place.row_names = {};  // others come
    if (!options.columns_file.empty()) place.column_names = {};
  });
  std::array<int, 2> named{};
  Labels labels = deal_names(
      world, options.transpose,
      [&] { return names_of(*file, place.row_names, shape[0], "row", named[0]); },
      [&] { return names_of(*file, place.column_names, shape[1], "column", named[1]); });
  broadcast(world, std::span<int>(named), 0);
  if (options.transpose) std::swap(named[0], named[1]);
  const NamedSides sides{named[0] != 0, named[1] != 0};
  Reading reading;
  if (world.is_root()) reading.facts = {{"dataset", place.object}};
  if (dense) {
    return std::make_unique<Hdf5DenseSource>(file, std::move(dense), options, std::move(labels),
                                             sides, std::move(reading));
  }
  arrays.reading = std::move(reading);
  return std::make_unique<SparseArraysSource>(options, std::move(arrays), std::move(labels), sides);
}

}  // namespace partita
