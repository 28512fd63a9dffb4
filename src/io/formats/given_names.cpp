#include "io/formats/given_names.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <span>
#include <utility>

#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "io/files/atomic_file.hpp"
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

bool is_there(const std::string& file) {
  std::error_code failure;
  return std::filesystem::is_regular_file(file, failure);
}

/// One name a line.
void write_names(const Communicator& comm, const std::string& path,
                 const std::vector<std::string>& names) {
  if (max_over(comm, comm.is_root() && !names.empty() ? 1 : 0) == 0) return;
  AtomicFile file(comm, path);
  together(comm, [&] {
    if (!comm.is_root()) return;
    TextOutput output(file, 0);
    for (std::string name : names) {
      std::ranges::replace_if(
          name, [](char c) { return c == '\n' || c == '\r' || c == '\0'; }, ' ');
      output.text() += name;
      output.text() += '\n';
      output.flush_if_large();
    }
    output.flush();
  });
  file.commit();
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

std::array<std::string, 2> name_files_beside(const std::string& path) {
  return {stem_of(path) + ".rows.txt", stem_of(path) + ".columns.txt"};
}

std::vector<std::string> found_beside(const std::string& path) {
  std::vector<std::string> found;
  for (const std::string& file : name_files_beside(path)) {
    if (is_there(file)) found.push_back(file);
  }
  return found;
}

void remove_names_beside(const std::string& path) {
  for (const std::string& file : found_beside(path)) {
    std::error_code failure;
    if (std::filesystem::remove(file, failure) || !failure) continue;
    std::string what = path;
    what.append(": ").append(file).append(" would name its lines and cannot be removed: ");
    throw Error(ErrorKind::cannot_create, what + failure.message());
  }
}

void write_names_beside(const Communicator& comm, const std::string& path, const Labels& labels) {
  const auto [rows_file, columns_file] = name_files_beside(path);
  write_names(comm, rows_file, labels.rows);
  write_names(comm, columns_file, labels.columns);
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
    const auto [rows_beside, columns_beside] = name_files_beside(path);
    if (rows_file.empty() && is_there(rows_beside)) rows_file = rows_beside;
    if (columns_file.empty() && is_there(columns_beside)) columns_file = columns_beside;
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
