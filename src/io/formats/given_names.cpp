#include "io/formats/given_names.hpp"

#include <array>
#include <filesystem>
#include <span>
#include <utility>

#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "io/files/input_file.hpp"
#include "io/formats/text_output.hpp"
#include "io/spread/source_views.hpp"
#include "io/text/byte_stream.hpp"

namespace partita {

namespace {

/// "data/X" of "data/X.mtx.gz".
std::string stem_of(const std::string& path) {
  const std::size_t name = path.rfind('/') + 1;
  const std::string file = path.substr(name);
  std::size_t end = file.size();
  if (file.ends_with(".gz")) end -= 3;
  const std::size_t dot = file.rfind('.', end - 1);
  return path.substr(0, name) + file.substr(0, dot == 0 ? std::string::npos : dot);
}

/// The file of names beside the matrix, if there is one.
std::string names_beside(const std::string& path, const char* ending) {
  const std::string candidate = stem_of(path) + ending;
  std::error_code failure;
  return std::filesystem::is_regular_file(candidate, failure) ? candidate : std::string();
}

}  // namespace

std::vector<std::string> read_names(const std::string& path, Index count, const std::string& kind,
                                    const std::string& matrix) {
  const auto not_as_many = [&](const std::string& found) {
    return bad_file(path, "it has " + found + " names, but " + matrix + " has " +
                              std::to_string(count) + " " + kind +
                              "s; there must be one a line (--" + kind +
                              "s-file names another file of them)");
  };
  const InputFile file(path);
  const auto stream = open_stream(file, path);
  LineReader lines(*stream, path);
  std::vector<std::string> names;
  std::string line;
  while (lines.next(line)) {
    if (static_cast<Index>(names.size()) == count) throw not_as_many("more");
    names.push_back(line);
  }
  if (static_cast<Index>(names.size()) < count) throw not_as_many(std::to_string(names.size()));
  return names;
}

Labels deal_names(const Communicator& world, bool transpose,
                  const std::function<std::vector<std::string>()>& rows,
                  const std::function<std::vector<std::string>()>& columns) {
  Labels labels;
  together(world, [&] {
    if (!world.is_root()) return;
    labels.rows = rows();
    labels.columns = columns();
    if (transpose) std::swap(labels.rows, labels.columns);
  });
  broadcast_labels(world, labels.columns);
  return labels;
}

std::unique_ptr<MatrixSource> with_given_names(const Communicator& world, const std::string& path,
                                               const ReadOptions& options, bool beside,
                                               std::unique_ptr<MatrixSource> source) {
  std::string rows_file = options.rows_file;
  std::string columns_file = options.columns_file;
  if (beside && world.is_root()) {
    if (rows_file.empty()) rows_file = names_beside(path, ".rows.txt");
    if (columns_file.empty()) columns_file = names_beside(path, ".columns.txt");
  }
  std::array<int, 2> found{rows_file.empty() ? 0 : 1, columns_file.empty() ? 0 : 1};
  broadcast(world, std::span<int>(found), 0);
  NamedSides named{found[0] != 0, found[1] != 0};
  if (!named.rows && !named.columns) return source;
  const MatrixShape& shape = source->shape();
  const Index rows = options.transpose ? shape.columns : shape.rows;
  const Index columns = options.transpose ? shape.rows : shape.columns;
  using Names = std::vector<std::string>;
  Labels labels = deal_names(
      world, options.transpose,
      [&] { return named.rows ? read_names(rows_file, rows, "row", path) : Names(); },
      [&] { return named.columns ? read_names(columns_file, columns, "column", path) : Names(); });
  if (options.transpose) std::swap(named.rows, named.columns);
  return with_names(std::move(source), named, std::move(labels));
}

}  // namespace partita
