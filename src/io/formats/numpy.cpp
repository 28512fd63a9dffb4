#include <algorithm>
#include <limits>
#include <vector>

#include "base/interruption.hpp"
#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "io/formats/formats.hpp"
#include "io/formats/npy_header.hpp"
#include "io/formats/npy_values.hpp"
#include "io/formats/text_output.hpp"
#include "io/text/number_text.hpp"

namespace partita {

namespace {

/// Bytes of a tile of the file that is read at a time.
constexpr Index kTileBytes = Index{1} << 18;
/// Lines of the file (rows in C order) up to this length are read whole, several at a time,
/// although others of their values belong to other processes: fewer, larger reads.
constexpr Index kShortLine = Index{1} << 16;
/// Lines in a tile of long lines.
constexpr Index kTileLines = 16;

/// A .npy file. Its values go line by line: a line is a row in C order, a column in Fortran order.
class NumpySource final : public MatrixSource {
 public:
  NumpySource(const Communicator& world, const std::string& path, const ReadOptions& options)
      : path_(path), options_(options), file_(open_everywhere(world, path)) {
    // The header is short and every process has the file: all read it.
    together(world, [&] { header_ = read_npy_header(file_, path); });
    shape_.rows = options.transpose ? header_.columns : header_.rows;
    shape_.columns = options.transpose ? header_.rows : header_.columns;
    shape_.stored = header_.rows * header_.columns;
  }

  [[nodiscard]] const MatrixShape& shape() const override { return shape_; }
  [[nodiscard]] const Labels& labels() const override { return labels_; }
  [[nodiscard]] const Reading& reading() const override { return reading_; }
  [[nodiscard]] Index entries() const override { return shape_.stored; }
  void read(const Communicator& world, const Placement& placement, PartSink& sink) override;

 private:
  static constexpr Index kNone = std::numeric_limits<Index>::max();

  [[nodiscard]] bool lines_are_rows() const { return header_.fortran_order == options_.transpose; }
  [[nodiscard]] Index line_length() const {
    return header_.fortran_order ? header_.rows : header_.columns;
  }
  /// Delivers one tile; returns the place in the file (line * length + position) of its first value
  /// that is refused, or kNone.
  Index read_tile(Range lines, Range positions, const Part& part, PartSink& sink);
  [[nodiscard]] std::span<double> place_of(Range lines, const Part& part, PartSink& sink) const;
  void load_in_place(Range lines, std::span<double> place);
  Index read_part(const Part& part, PartSink& sink);
  void load(Range lines, Range positions);
  /// Position of the first value that is not allowed; values.size() if all are.
  [[nodiscard]] std::size_t first_fault(std::span<const double> values) const;
  [[nodiscard]] Error refused(Index place) const;

  std::string path_;
  ReadOptions options_;
  InputFile file_;
  NpyHeader header_;
  MatrixShape shape_;
  Labels labels_;
  Reading reading_;
  std::vector<char> bytes_;
  std::vector<double> values_;
};

void NumpySource::read(const Communicator& world, const Placement& placement, PartSink& sink) {
  Index place = kNone;
  together(world, [&] { place = read_part(placement.part(world.rank()), sink); });
  const Index first = min_over(world, place);
  if (first == kNone) return;
  together(world, [&] {
    if (place == first) throw refused(first);
  });
}

Index NumpySource::read_part(const Part& part, PartSink& sink) {
  if (part.empty()) return kNone;
  const Range lines = lines_are_rows() ? part.rows : part.columns;
  const Range positions = lines_are_rows() ? part.columns : part.rows;
  const Index line_bytes = line_length() * header_.item_bytes;
  const bool whole_lines =
      line_bytes <= kShortLine || !place_of({lines.begin, lines.begin + 1}, part, sink).empty();
  const Index tile_lines = whole_lines ? std::max<Index>(1, kTileBytes / line_bytes) : kTileLines;
  const Index tile_length =
      whole_lines ? positions.size() : kTileBytes / kTileLines / header_.item_bytes;
  Index place = kNone;
  for (Index line = lines.begin; line < lines.end; line += tile_lines) {
    const Range some_lines{line, std::min(line + tile_lines, lines.end)};
    for (Index at = positions.begin; at < positions.end; at += tile_length) {
      check_interrupted();
      const Range some{at, std::min(at + tile_length, positions.end)};
      place = std::min(place, read_tile(some_lines, some, part, sink));
    }
    if (place != kNone) break;  // later lines only hold later places
  }
  return place;
}

/// Fills values_ with a tile, line by line.
void NumpySource::load(Range lines, Range positions) {
  const Index item = header_.item_bytes;
  const Index line_bytes = line_length() * item;
  const auto offset = [&](Index line, Index position) {
    return header_.data_offset + line * line_bytes + position * item;
  };
  const auto segment = static_cast<std::size_t>(positions.size());
  values_.resize(static_cast<std::size_t>(lines.size()) * segment);
  const bool at_once = line_bytes <= kShortLine;
  const Index begin = offset(lines.begin, positions.begin);
  bytes_.resize(at_once ? static_cast<std::size_t>(offset(lines.end - 1, positions.end) - begin)
                        : segment * static_cast<std::size_t>(item));
  if (at_once) file_.read(begin, bytes_);
  for (Index line = lines.begin; line < lines.end; ++line) {
    const Index here = offset(line, positions.begin);
    if (!at_once) file_.read(here, bytes_);
    convert_npy(header_, bytes_.data() + (at_once ? here - begin : 0),
                std::span(values_).subspan(static_cast<std::size_t>(line - lines.begin) * segment,
                                           segment));
  }
}

/// Where lines of the file are kept, if they are whole rows of the part that are kept as they are.
std::span<double> NumpySource::place_of(Range lines, const Part& part, PartSink& sink) const {
  if (!lines_are_rows() || part.columns.size() != line_length()) return {};
  return sink.place_of({lines.begin - part.rows.begin, lines.end - part.rows.begin});
}

/// Whole lines straight to where they are kept.
void NumpySource::load_in_place(Range lines, std::span<double> place) {
  const Index begin = header_.data_offset + lines.begin * line_length() * header_.item_bytes;
  if (header_.kind == 'f' && header_.item_bytes == sizeof(double) && !header_.swapped) {
    file_.read(begin, {reinterpret_cast<char*>(place.data()), place.size_bytes()});
    return;
  }
  bytes_.resize(place.size() * static_cast<std::size_t>(header_.item_bytes));
  file_.read(begin, bytes_);
  convert_npy(header_, bytes_.data(), place);
}

Index NumpySource::read_tile(Range lines, Range positions, const Part& part, PartSink& sink) {
  const std::span<double> place = place_of(lines, part, sink);
  if (place.empty()) {
    load(lines, positions);
  } else {
    load_in_place(lines, place);
  }
  const std::span<const double> values = place.empty() ? std::span<const double>(values_) : place;
  const auto bad = static_cast<Index>(first_fault(values));
  if (bad < static_cast<Index>(values.size())) {
    return (lines.begin + bad / positions.size()) * line_length() + positions.begin +
           bad % positions.size();
  }
  if (!place.empty()) return kNone;
  if (lines_are_rows()) {
    sink.set(lines.begin - part.rows.begin, positions.begin - part.columns.begin,
             {values_.data(), lines.size(), positions.size(), positions.size(), 1});
  } else {
    sink.set(positions.begin - part.rows.begin, lines.begin - part.columns.begin,
             {values_.data(), positions.size(), lines.size(), 1, positions.size()});
  }
  return kNone;
}

std::size_t NumpySource::first_fault(std::span<const double> values) const {
  if (header_.kind != 'b') return first_refused(values, options_.values);
  const auto fault = std::ranges::find_if(values, [](double value) { return value > 1; });
  return static_cast<std::size_t>(fault - values.begin());
}

Error NumpySource::refused(Index place) const {
  const Index line = place / line_length();
  const Index position = place % line_length();
  std::vector<char> bytes(static_cast<std::size_t>(header_.item_bytes));
  file_.read(header_.data_offset + place * header_.item_bytes, bytes);
  double value = 0;
  convert_npy(header_, bytes.data(), {&value, 1});
  const Index row = header_.fortran_order ? position : line;
  const Index column = header_.fortran_order ? line : position;
  return bad_file(
      path_,
      "row " + std::to_string(row) + ", column " + std::to_string(column) + " (counted from 0): " +
          (header_.kind == 'b' ? "byte " + number_text(value) + " is not a bool, which is 0 or 1"
                               : refusal(value)));
}

}  // namespace

std::unique_ptr<MatrixSource> open_numpy(const Communicator& world, const std::string& path,
                                         const ReadOptions& options) {
  return std::make_unique<NumpySource>(world, path, options);
}

void write_numpy(const Communicator& comm, const std::string& path, Range my_rows,
                 const MatrixRows& matrix) {
  const std::string header = make_npy_header(matrix.rows, matrix.columns, false);
  AtomicFile file(comm, path);
  together(comm, [&] {
    if (comm.is_root()) file.write(0, header);
    for_each_dense_run(matrix, my_rows, [&](Range rows, std::span<const double> values) {
      const Index bytes = rows.begin * matrix.columns * static_cast<Index>(sizeof(double));
      file.write(static_cast<Index>(header.size()) + bytes,
                 {reinterpret_cast<const char*>(values.data()), values.size_bytes()});
    });
  });
  file.commit();
}

void write_numpy_factor(const Communicator& comm, const std::string& path, const FactorShare& share,
                        Index components, const Labels& /*labels*/) {
  constexpr auto kDoubleBytes = static_cast<Index>(sizeof(double));
  const std::string header = share.side == Side::A ? make_npy_header(share.total, components, false)
                                                   : make_npy_header(components, share.total, true);
  AtomicFile file(comm, path);
  together(comm, [&] {
    if (comm.is_root()) file.write(0, header);
    const std::span<const double> values = share.values.values();
    file.write(static_cast<Index>(header.size()) + share.range.begin * components * kDoubleBytes,
               {reinterpret_cast<const char*>(values.data()), values.size_bytes()});
  });
  file.commit();
}

}  // namespace partita
