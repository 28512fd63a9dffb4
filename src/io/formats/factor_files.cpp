#include "partita/io/formats/factor_files.hpp"

#include "partita/base/error.hpp"

#include <array>
#include <utility>
#include <vector>

#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "io/formats/formats.hpp"
#include "io/formats/text_output.hpp"

namespace partita {

namespace {

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

Error holds_no_factors(const std::string& name) {
  std::string others;
  for (const MatrixFormat& format : matrix_formats()) {
    if (format.write_factor == nullptr) continue;
    others += (others.empty() ? "" : ", ") + format.name;
  }
  return {ErrorKind::usage, "format " + name + " holds no factors; formats that do: " + others};
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

const MatrixFormat& factor_format(std::string_view name, bool with_labels) {
  for (const MatrixFormat& format : matrix_formats()) {
    if (format.write_factor == nullptr) continue;
    if (name.empty() ? format.holds_labels || !with_labels : format.name == name) return format;
  }
  throw holds_no_factors(std::string(name));
}

std::string factor_file_name(Side side, const MatrixFormat& format) {
  return (side == Side::A ? "A" : "S") + format.extensions.front();
}

void write_factor(const Communicator& comm, const std::string& path, const FactorShare& share,
                  const Labels& labels, std::string_view format) {
  const MatrixFormat& found = find_output_format(path, format);
  if (found.write_factor == nullptr) throw holds_no_factors(found.name);
  const Index components = components_of(comm, share);
  write_perhaps_packed(comm, path, [&](const std::string& file) {
    found.write_factor(comm, file, share, components, labels);
  });
}

std::unique_ptr<MatrixSource> open_factor(const Communicator& comm, const std::string& path,
                                          Side side) {
  return open_matrix(comm, path, {.transpose = side == Side::S, .values = ValueRule::finite});
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
