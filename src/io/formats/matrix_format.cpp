#include "partita/io/formats/matrix_format.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <array>

#include "io/formats/formats.hpp"
#include "io/formats/text_output.hpp"

namespace partita {

namespace {

constexpr std::array<std::string_view, 2> kMarketNames = {".mtx", ".mtx.gz"};
constexpr std::array<std::string_view, 1> kNumpyNames = {".npy"};
constexpr std::array<std::string_view, 2> kCsvNames = {".csv", ".csv.gz"};
constexpr std::array<std::string_view, 3> kTsvNames = {".tsv", ".tsv.gz", ".tab"};

constexpr std::array<MatrixFormat, 4> kFormats = {{
    {"mtx", kMarketNames, false, open_matrix_market, write_matrix_market},
    {"npy", kNumpyNames, false, open_numpy, write_numpy},
    {"csv", kCsvNames, true, open_csv, write_csv},
    {"tsv", kTsvNames, true, open_tsv, write_tsv},
}};

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return result;
}

std::string known_formats() {
  std::string list;
  for (const MatrixFormat& format : kFormats) {
    list += list.empty() ? "" : ", ";
    list += std::string(format.name) + " (";
    for (std::size_t e = 0; e < format.extensions.size(); ++e) {
      list += (e == 0 ? "" : " ") + std::string(format.extensions[e]);
    }
    list += ")";
  }
  return list;
}

/// Formats that are part of the contract but not of this build.
bool is_hdf5(std::string_view name) {
  constexpr std::array<std::string_view, 3> kNames = {"h5", "hdf5", "h5ad"};
  return std::ranges::any_of(kNames, [&](std::string_view known) {
    return name == known || name.ends_with("." + std::string(known));
  });
}

Error unknown(const std::string& what, std::string_view name) {
  const std::string built = "; known formats: " + known_formats();
  if (is_hdf5(name)) return {ErrorKind::usage, what + ": HDF5 is not built in" + built};
  return {ErrorKind::usage, what + ": unknown matrix format" + built};
}

/// What is stated of tables has no meaning for other formats.
void refuse_table_options(const std::string& path, const ReadOptions& options) {
  const auto refuse = [&](bool stated, const char* option) {
    if (!stated) return;
    throw Error(ErrorKind::usage,
                path + ": " + option + " goes with the tables csv and tsv, which this is not");
  };
  refuse(options.header != Presence::detect, "--header");
  refuse(options.row_labels != Presence::detect, "--row-labels");
  refuse(options.separator != kDetected, "--separator");
  refuse(options.decimal != kDetected, "--decimal");
}

}  // namespace

std::span<const MatrixFormat> matrix_formats() {
  return kFormats;
}

const MatrixFormat& find_format(const std::string& path, std::string_view name) {
  const std::string wanted = lower(name.empty() ? path.substr(path.rfind('/') + 1) : name);
  for (const MatrixFormat& format : kFormats) {
    if (name.empty() ? std::ranges::any_of(format.extensions,
                                           [&](auto end) { return wanted.ends_with(end); })
                     : wanted == format.name) {
      return format;
    }
  }
  if (!name.empty()) throw unknown("--format " + std::string(name), wanted);
  throw unknown(path, wanted);
}

const MatrixFormat& find_output_format(const std::string& path, std::string_view name) {
  const MatrixFormat& found = find_format(path, name);
  if (path.ends_with(".gz")) {
    throw Error(ErrorKind::usage, path + ": compressed files are read but not written");
  }
  return found;
}

std::unique_ptr<MatrixSource> open_matrix(const Communicator& world, const std::string& path,
                                          const ReadOptions& options, std::string_view format) {
  const MatrixFormat& found = find_format(path, format);
  if (!found.is_table) refuse_table_options(path, options);
  std::unique_ptr<MatrixSource> source = found.open(world, path, options);
  if (source->shape().rows < 1 || source->shape().columns < 1) {
    throw Error(ErrorKind::bad_data, path + ": the matrix is empty: it has no rows or no columns");
  }
  return source;
}

void write_matrix(const Communicator& comm, const std::string& path, Range my_rows,
                  const MatrixRows& matrix, std::string_view format) {
  check_rows(comm, my_rows, matrix.rows);
  find_output_format(path, format).write(comm, path, my_rows, matrix);
}

}  // namespace partita
