#include "partita/io/formats/matrix_format.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "io/files/gzip_output.hpp"
#include "io/formats/formats.hpp"
#include "io/formats/given_names.hpp"
#include "io/formats/text_output.hpp"

namespace partita {

namespace {

constexpr const char* kGzipEnding = ".gz";

std::vector<MatrixFormat>& table() {
  static std::vector<MatrixFormat> rows = {
      {.name = "mtx",
       .extensions = {".mtx", ".mtx.gz"},
       .has_names_beside = true,
       .open = open_matrix_market,
       .write = write_matrix_market},
      {.name = "npy",
       .extensions = {".npy"},
       .open = open_numpy,
       .write = write_numpy,
       .write_factor = write_numpy_factor},
      {.name = "npz", .extensions = {".npz"}, .open = open_scipy, .write = write_scipy},
      {.name = "csv",
       .extensions = {".csv", ".csv.gz"},
       .is_table = true,
       .holds_labels = true,
       .open = open_csv,
       .write = write_csv,
       .write_factor = write_csv_factor},
      {.name = "tsv",
       .extensions = {".tsv", ".tsv.gz", ".tab"},
       .is_table = true,
       .holds_labels = true,
       .open = open_tsv,
       .write = write_tsv},
      {.name = "10x", .holds_labels = true, .recognises = is_tenx_folder, .open = open_tenx_folder},
      {.name = "hdf5",
       .extensions = {".h5", ".hdf5"},
       .holds_labels = true,
       .holds_datasets = true,
       .open = open_hdf5,
       .write = write_hdf5,
       .write_factor = write_hdf5_factor},
      {.name = "h5ad",
       .extensions = {".h5ad"},
       .holds_labels = true,
       .holds_datasets = true,
       .open = open_hdf5,
       .write = write_anndata},
  };
  return rows;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return result;
}

/// Names and extensions of what can be read.
std::string known_formats() {
  std::string list;
  for (const MatrixFormat& format : table()) {
    list += (list.empty() ? "" : ", ") + format.name;
    std::string endings;
    for (const std::string& ending : format.extensions) {
      endings += (endings.empty() ? "" : " ") + ending;
    }
    list += " (" + (endings.empty() ? "a folder" : endings) + ")";
  }
  return list;
}

/// "csv and tsv".
std::string names_of_tables() {
  std::string list;
  for (const MatrixFormat& format : table()) {
    if (format.is_table) list += (list.empty() ? "" : " and ") + format.name;
  }
  return list;
}

/// Whether a file of that name, in small letters, is of the format.
bool ends_like(const MatrixFormat& format, std::string_view file) {
  return std::ranges::any_of(format.extensions,
                             [&](const std::string& ending) { return file.ends_with(ending); });
}

bool has_extension(const MatrixFormat& format, std::string_view ending) {
  return std::ranges::find(format.extensions, ending) != format.extensions.end();
}

/// What is stated of tables has no meaning for other formats.
void refuse_table_options(const std::string& path, const ReadOptions& options) {
  const auto refuse = [&](bool stated, const char* option) {
    if (!stated) return;
    throw Error(ErrorKind::usage, path + ": " + option + " goes with the tables " +
                                      names_of_tables() + ", which this is not");
  };
  refuse(options.header != Presence::detect, "--header");
  refuse(options.row_labels != Presence::detect, "--row-labels");
  refuse(options.separator != kDetected, "--separator");
  refuse(options.decimal != kDetected, "--decimal");
}

}  // namespace

std::span<const MatrixFormat> matrix_formats() {
  return table();
}

void add_format(MatrixFormat format) {
  if (format.open == nullptr || format.extensions.empty()) {
    throw Error(ErrorKind::usage,
                "format " + format.name + " needs an extension and a way to open");
  }
  for (const MatrixFormat& other : table()) {
    const bool same_ending = std::ranges::any_of(
        format.extensions, [&](const std::string& ending) { return has_extension(other, ending); });
    if (other.name == format.name || same_ending) {
      throw Error(ErrorKind::usage, "format " + format.name + " has the name or an extension of " +
                                        other.name + ", which there is already");
    }
  }
  table().push_back(std::move(format));
}

const MatrixFormat& find_format(const std::string& path, std::string_view name) {
  const bool by_name = !name.empty();
  const std::string wanted = lower(by_name ? name : path.substr(path.rfind('/') + 1));
  const auto found = std::ranges::find_if(table(), [&](const MatrixFormat& format) {
    if (!by_name) return ends_like(format, wanted);
    return format.name == wanted || has_extension(format, "." + wanted);
  });
  const std::string what = by_name ? "--format " + std::string(name) : path;
  if (found == table().end()) {
    throw Error(ErrorKind::usage,
                what + ": unknown matrix format; known formats: " + known_formats());
  }
  return *found;
}

const MatrixFormat& find_input_format(const Communicator& world, const std::string& path,
                                      std::string_view name) {
  std::string known(name);
  const bool has_extension = std::ranges::any_of(table(), [&](const MatrixFormat& format) {
    return ends_like(format, lower(path.substr(path.rfind('/') + 1)));
  });
  if (known.empty() && !has_extension && world.is_root()) {
    const auto found = std::ranges::find_if(table(), [&](const MatrixFormat& format) {
      return format.recognises != nullptr && format.recognises(path);
    });
    if (found != table().end()) known = found->name;
  }
  broadcast(world, known, 0);
  return find_format(path, known);
}

const MatrixFormat& find_output_format(const std::string& path, std::string_view name) {
  const MatrixFormat& found = find_format(path, name);
  const bool packs = std::ranges::any_of(
      found.extensions, [](const std::string& ending) { return ending.ends_with(kGzipEnding); });
  if (path.ends_with(kGzipEnding) && !packs) {
    throw Error(ErrorKind::usage, path + ": format " + found.name + " is not written as .gz");
  }
  if (found.write == nullptr) {
    throw Error(ErrorKind::usage, path + ": format " + found.name + " is read but not written");
  }
  return found;
}

std::unique_ptr<MatrixSource> open_matrix(const Communicator& world, const std::string& path,
                                          const ReadOptions& options, std::string_view format) {
  const MatrixFormat& found = find_input_format(world, path, format);
  if (!found.is_table) refuse_table_options(path, options);
  if (!found.holds_datasets && !options.dataset.empty()) {
    throw Error(ErrorKind::usage, path + ": --dataset goes with files that may hold several " +
                                      "matrices, which " + found.name + " is not");
  }
  std::unique_ptr<MatrixSource> source = found.open(world, path, options);
  if (source->shape().rows < 1 || source->shape().columns < 1) {
    throw Error(ErrorKind::bad_data, path + ": the matrix is empty: it has no rows or no columns");
  }
  return with_given_names(world, path, options, found.has_names_beside, std::move(source));
}

void write_perhaps_packed(const Communicator& comm, const std::string& path,
                          const std::function<void(const std::string& file)>& write) {
  if (path.ends_with(kGzipEnding)) return write_gzip(comm, path, write);
  write(path);
}

void write_matrix(const Communicator& comm, const std::string& path, Range my_rows,
                  const MatrixRows& matrix, std::string_view format) {
  check_rows(comm, my_rows, matrix.rows);
  const MatrixFormat& found = find_output_format(path, format);
  const auto write = [&](const std::string& file) { found.write(comm, file, my_rows, matrix); };
  if (!found.has_names_beside) return write_perhaps_packed(comm, path, write);
  // Never the new matrix beside the names of an old one.
  together(comm, [&] {
    if (comm.is_root()) remove_names_beside(path);
  });
  write_perhaps_packed(comm, path, write);
  write_names_beside(comm, path, matrix.labels);
}

}  // namespace partita
