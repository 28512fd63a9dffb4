// The folder that 10x Genomics' Cell Ranger writes: a Matrix Market file of features x barcodes and
// the names of both, one a line; features.tsv has id, symbol and kind, genes.tsv of Cell Ranger 2
// id and symbol.
#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "io/files/input_file.hpp"
#include "io/formats/feature_names.hpp"
#include "io/formats/formats.hpp"
#include "io/formats/given_names.hpp"
#include "io/spread/source_views.hpp"

namespace partita {

namespace {

/// What the names of the files begin with: the folder, or the prefix itself.
std::string start_of(const std::string& path) {
  std::error_code failure;
  const bool is_folder = std::filesystem::is_directory(path, failure);
  return is_folder && !path.ends_with('/') ? path + "/" : path;
}

/// The first of the files that exists, packed or not; empty where none does.
std::string find_file(const std::string& start, const std::vector<std::string>& names) {
  std::error_code failure;
  for (const std::string& name : names) {
    for (const char* packed : {".gz", ""}) {
      std::string file = start;
      file += name;
      file += packed;
      if (std::filesystem::is_regular_file(file, failure)) return file;
    }
  }
  return {};
}

std::string need_file(const std::string& path, const std::vector<std::string>& names) {
  std::string file = find_file(start_of(path), names);
  if (!file.empty()) return file;
  throw Error(ErrorKind::no_input,
              path + ": no " + names.front() + ".gz or " + names.front() +
                  " there; a folder of 10x Genomics has matrix.mtx, features.tsv (or genes.tsv) "
                  "and barcodes.tsv, each perhaps as .gz");
}

/// The column of a line between tabs, counted from 0; empty where it has not so many.
std::string field_of(const std::string& line, int column) {
  std::string_view rest = line;
  for (; column > 0; --column) {
    const std::size_t tab = rest.find('\t');
    if (tab == std::string_view::npos) return {};
    rest.remove_prefix(tab + 1);
  }
  return std::string(rest.substr(0, rest.find('\t')));
}

std::vector<std::string> fields_of(const std::vector<std::string>& lines, int column) {
  std::vector<std::string> fields;
  fields.reserve(lines.size());
  for (const std::string& line : lines) fields.push_back(field_of(line, column));
  return fields;
}

}  // namespace

bool is_tenx_folder(const std::string& path) {
  std::error_code failure;
  if (std::filesystem::is_directory(path, failure)) return true;
  return !std::filesystem::exists(path, failure) && !find_file(path, {"matrix.mtx"}).empty();
}

std::unique_ptr<MatrixSource> open_tenx_folder(const Communicator& world, const std::string& path,
                                               const ReadOptions& options) {
  std::string matrix;
  std::string features;
  std::string barcodes;
  together(world, [&] {
    if (!world.is_root()) return;
    matrix = need_file(path, {"matrix.mtx"});
    features = need_file(path, {"features.tsv", "genes.tsv"});
    barcodes = need_file(path, {"barcodes.tsv"});
  });
  broadcast(world, matrix, 0);
  auto source = open_matrix_market(world, matrix, options);
  const MatrixShape& shape = source->shape();
  NamedSides named{options.rows_file.empty(), options.columns_file.empty()};  // else others come
  Labels labels = deal_names(
      world, options.transpose,
      [&] {
        if (!named.rows) return std::vector<std::string>();
        const auto lines =
            read_names(features, options.transpose ? shape.columns : shape.rows, "row", matrix);
        return feature_names(fields_of(lines, 0), fields_of(lines, 1));
      },
      [&] {
        if (!named.columns) return std::vector<std::string>();
        return fields_of(
            read_names(barcodes, options.transpose ? shape.rows : shape.columns, "column", matrix),
            0);
      });
  if (options.transpose) std::swap(named.rows, named.columns);
  return with_names(std::move(source), named, std::move(labels));
}

}  // namespace partita
