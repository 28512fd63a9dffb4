#include "partita/io/formats/factor_files.hpp"

#include "partita/base/error.hpp"
#include "partita/io/formats/matrix_format.hpp"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "io/formats/npy_header.hpp"
#include "io/formats/text_output.hpp"
#include "io/text/number_text.hpp"

namespace partita {

namespace {

constexpr Index kDoubleBytes = static_cast<Index>(sizeof(double));

/// Number of components; processes that own nothing may not know it.
Index components_of(const Communicator& comm, const FactorShare& share) {
  const Index components = max_over(comm, share.range.empty() ? Index{0} : share.values.width());
  check_rows(comm, share.range, share.total);
  together(comm, [&] {
    if (share.range.empty()) return;
    if (share.values.rows() != share.range.size() || share.values.width() != components) {
      throw Error(ErrorKind::internal, "a share of a factor does not have the shape of its range");
    }
  });
  return components;
}

std::string component_name(Index component) {
  return "component_" + std::to_string(component + 1);
}

std::string component_names(Index components, bool has_row_labels) {
  std::string line;
  for (Index c = 0; c < components; ++c) {
    if (c > 0 || has_row_labels) line += ',';
    line += component_name(c);
  }
  return line + "\n";
}

/// One line for every row of A.
void append_rows(const FactorShare& share, const std::vector<std::string>& labels,
                 TextOutput& output) {
  for (Index i = 0; i < share.values.rows(); ++i) {
    if (!labels.empty()) append_field(output.text(), labels[static_cast<std::size_t>(i)], ',');
    for (Index c = 0; c < share.values.width(); ++c) {
      if (c > 0 || !labels.empty()) output.text() += ',';
      append_number(output.text(), share.values(i, c));
    }
    output.text() += '\n';
    output.flush_if_large();
  }
  output.flush();
}

void write_A_csv(const Communicator& comm, AtomicFile& file, const FactorShare& share,
                 Index components, const Labels& labels) {
  const std::vector<std::string> my_labels = scatter_labels(comm, labels.rows, share.range);
  const bool labelled = max_over(comm, my_labels.empty() ? 0 : 1) != 0;
  TextOutput counter;
  together(comm, [&] { append_rows(share, my_labels, counter); });
  const PlaceInOrder place = place_in_order(comm, share.range, counter.written());
  const std::string header = component_names(components, labelled);
  together(comm, [&] {
    if (comm.is_root()) file.write(0, header);
    TextOutput output(file, static_cast<Index>(header.size()) + place.before);
    append_rows(share, my_labels, output);
  });
}

/// This process's part of component c's line of S; the process with the first column starts it.
std::string part_of_line(const FactorShare& share, Index c) {
  std::string text;
  if (share.range.empty()) return text;
  if (share.range.begin == 0) text += component_name(c);
  for (Index j = 0; j < share.values.rows(); ++j) {
    text += ',';
    append_number(text, share.values(j, c));
  }
  if (share.range.end == share.total) text += '\n';
  return text;
}

void write_S_csv(const Communicator& comm, AtomicFile& file, const FactorShare& share,
                 Index components, const Labels& labels) {
  std::string header;
  for (const std::string& name : labels.columns) {
    header += ',';
    append_field(header, name, ',');
  }
  if (!header.empty()) header += '\n';
  together(comm, [&] {
    if (comm.is_root()) file.write(0, header);
  });
  auto line_begin = static_cast<Index>(header.size());
  for (Index c = 0; c < components; ++c) {
    const std::string text = part_of_line(share, c);
    const PlaceInOrder place = place_in_order(comm, share.range, static_cast<Index>(text.size()));
    together(comm, [&] { file.write(line_begin + place.before, text); });
    line_begin += place.total;
  }
}

/// Takes whole rows of a factor.
class FactorSink final : public PartSink {
 public:
  explicit FactorSink(const Part& part) : values_(part.rows.size(), part.columns.size()) {}
  void add(std::span<const LocalEntry<double>> entries) override {
    for (const auto& entry : entries) values_(entry.row, entry.column) += entry.value;
  }
  void set(Index row, Index column, const Tile& tile) override {
    for (Index i = 0; i < tile.rows; ++i) {
      for (Index j = 0; j < tile.columns; ++j) {
        values_(row + i, column + j) = tile.values[i * tile.row_step + j * tile.column_step];
      }
    }
  }
  [[nodiscard]] TallMatrix<double> take() { return std::move(values_); }

 private:
  TallMatrix<double> values_;
};

}  // namespace

void write_factor_npy(const Communicator& comm, const std::string& path, const FactorShare& share) {
  const Index components = components_of(comm, share);
  const std::string header = share.side == FactorSide::A
                                 ? make_npy_header(share.total, components, false)
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

void write_factor_csv(const Communicator& comm, const std::string& path, const FactorShare& share,
                      const Labels& labels) {
  const Index components = components_of(comm, share);
  AtomicFile file(comm, path);
  if (share.side == FactorSide::A) {
    write_A_csv(comm, file, share, components, labels);
  } else {
    write_S_csv(comm, file, share, components, labels);
  }
  file.commit();
}

std::unique_ptr<MatrixSource> open_factor(const Communicator& comm, const std::string& path,
                                          FactorSide side) {
  return open_matrix(comm, path, {.transpose = side == FactorSide::S, .values = ValueRule::finite});
}

TallMatrix<double> read_factor(const Communicator& comm, MatrixSource& source, Range mine) {
  const auto processes = static_cast<std::size_t>(comm.size());
  std::vector<Index> ends(2 * processes);
  const std::array<Index, 2> my_ends{mine.begin, mine.end};
  const std::vector<Index> counts(processes, 2);
  all_gather<Index>(comm, my_ends, ends, counts);
  std::vector<Part> parts(processes);
  for (std::size_t p = 0; p < processes; ++p) {
    parts[p] = {{ends[2 * p], ends[2 * p + 1]}, {0, source.shape().columns}};
  }
  const Placement placement(std::move(parts));
  std::unique_ptr<FactorSink> sink;
  together(comm, [&] {
    if (!mine.empty() && (mine.begin < 0 || mine.end > source.shape().rows)) {
      throw Error(ErrorKind::internal, "rows beyond those of the factor were asked for");
    }
    sink = std::make_unique<FactorSink>(placement.part(comm.rank()));
  });
  source.read(comm, placement, *sink);
  return sink->take();
}

}  // namespace partita
