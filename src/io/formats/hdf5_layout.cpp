// AnnData: https://anndata.readthedocs.io/en/latest/fileformat-prose.html, and what anndata wrote
// before 0.7. 10x Genomics: "Feature-Barcode Matrices HDF5", Cell Ranger 2 and from 3 on.
#include "io/formats/hdf5_layout.hpp"

#include <algorithm>
#include <utility>

#include "io/files/hdf5_dataset.hpp"
#include "io/formats/feature_names.hpp"
#include "io/text/number_text.hpp"

namespace partita {

namespace {

constexpr std::size_t kMostNames = 1000;  ///< of a group that are looked at
constexpr int kDeepest = 6;               ///< groups inside groups that are looked into
constexpr std::size_t kMostShown = 8;

std::string inside(std::string group, const std::string& name) {
  group += "/";
  group += name;
  return group;
}

bool has_all(const Hdf5File& file, const std::string& group,
             std::initializer_list<const char*> datasets) {
  return std::ranges::all_of(
      datasets, [&](const char* name) { return file.has_dataset(inside(group, name)); });
}

bool is_sparse_group(const Hdf5File& file, const std::string& group) {
  return has_all(file, group, {"data", "indices", "indptr"});
}

bool is_tenx(const Hdf5File& file, const std::string& group) {
  return file.kind_of(group) == Hdf5Kind::group && is_sparse_group(file, group) &&
         has_all(file, group, {"shape", "barcodes"});
}

bool is_anndata(const Hdf5File& file) {
  return file.kind_of("obs") != Hdf5Kind::none && file.kind_of("var") != Hdf5Kind::none;
}

/// Appends the matrices in a group and in the groups inside it.
void collect(const Hdf5File& file, const std::string& group, int depth,
             std::vector<std::string>& found) {
  for (const std::string& name : file.names_in(group.empty() ? "/" : group, kMostNames)) {
    if (found.size() >= kMostNames) return;
    const std::string object = group.empty() ? name : inside(group, name);
    switch (file.kind_of(object)) {
      case Hdf5Kind::dataset:
        if (file.dimensions_of(object) == 2) found.push_back(object);
        break;
      case Hdf5Kind::group:
        if (is_sparse_group(file, object)) {
          found.push_back(object);
        } else if (depth < kDeepest) {
          collect(file, object, depth + 1, found);
        }
        break;
      case Hdf5Kind::none:
      case Hdf5Kind::other:
        break;
    }
  }
}

std::vector<std::string> matrices_in(const Hdf5File& file) {
  std::vector<std::string> found;
  collect(file, "", 0, found);
  return found;
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMostShown); ++i) {
    if (i > 0) text += ", ";
    text += names[i];
  }
  return text + (names.size() > kMostShown ? ", ..." : "");
}

/// "; it has layers/counts, X".
std::string what_there_is(const Hdf5File& file) {
  const std::vector<std::string> found = matrices_in(file);
  return found.empty() ? "; it has no matrices" : "; it has " + listed(found);
}

/// The matrix that is meant where none is named.
std::string only_matrix(const Hdf5File& file) {
  if (is_anndata(file) && file.kind_of("X") != Hdf5Kind::none) return "X";
  if (is_tenx(file, "matrix")) return "matrix";
  std::vector<std::string> found = matrices_in(file);
  if (found.size() == 1) return found.front();
  if (found.empty()) {
    throw bad_file(file.path(),
                   "it has no matrix: no dataset of two dimensions, no X of AnnData, "
                   "no matrix of 10x Genomics");
  }
  throw Error(ErrorKind::usage, file.path() + ": it has several matrices, " + listed(found) +
                                    ": choose one by --dataset");
}

Hdf5Names table_names(const Hdf5File& file, const std::string& table) {
  if (file.kind_of(table) == Hdf5Kind::none) return {};
  return {Hdf5Names::Kind::table, table, ""};
}

/// Names of a matrix in AnnData follow from the place it has there.
void name_anndata(const Hdf5File& file, Hdf5Place& place) {
  const std::string part = place.object.substr(0, place.object.find('/'));
  const auto name = [&](const char* rows, const char* columns) {
    place.row_names = table_names(file, rows);
    if (*columns != '\0') place.column_names = table_names(file, columns);
  };
  if (part == "X" || part == "layers") name("obs", "var");
  if (place.object == "raw/X") name("obs", "raw/var");
  if (place.object == "raw.X") name("obs", "raw.var");  // before anndata 0.7
  if (part == "obsm") name("obs", "");
  if (part == "varm") name("var", "");
  if (part == "obsp") name("obs", "obs");
  if (part == "varp") name("var", "var");
}

Hdf5Names feature_source(const Hdf5File& file, const std::string& group) {
  if (file.has_dataset(group + "/features/id")) {
    const std::string symbols = group + "/features/name";
    return {Hdf5Names::Kind::features, group + "/features/id",
            file.has_dataset(symbols) ? symbols : ""};
  }
  if (file.has_dataset(group + "/genes")) {
    const std::string symbols = group + "/gene_names";
    return {Hdf5Names::Kind::features, group + "/genes", file.has_dataset(symbols) ? symbols : ""};
  }
  return {};
}

/// Names beside a matrix of no such convention, as `convert` writes them.
Hdf5Names texts_beside(const Hdf5File& file, const std::string& object, const char* name) {
  const std::string texts = object.substr(0, object.rfind('/') + 1) + name;
  if (!file.has_dataset(texts)) return {};
  const Hdf5Dataset dataset(file, texts);
  if (dataset.elements() != Hdf5Elements::text || dataset.extents().size() != 1) return {};
  return {Hdf5Names::Kind::texts, texts, ""};
}

std::vector<std::string> read_texts(const Hdf5File& file, const std::string& object, Index count,
                                    const std::string& kind) {
  const Hdf5Dataset dataset(file, object);
  const bool is_text = dataset.elements() == Hdf5Elements::text;
  const Index length = is_text ? dataset.length_of_text() : dataset.length_of_numbers();
  if (length != count) {
    throw bad_file(dataset.name(), "it has " + std::to_string(length) +
                                       " names, but the matrix has " + std::to_string(count) + " " +
                                       kind + "s");
  }
  if (is_text) return dataset.read_text({0, count});
  std::vector<double> numbers(static_cast<std::size_t>(count));
  dataset.read({0, count}, numbers);
  std::vector<std::string> texts;
  texts.reserve(numbers.size());
  for (const double number : numbers) texts.push_back(number_text(number));
  return texts;
}

/// The column of names of AnnData's obs or var.
std::vector<std::string> read_table(const Hdf5File& file, const std::string& table, Index count,
                                    const std::string& kind) {
  if (file.kind_of(table) == Hdf5Kind::dataset) {  // records, before anndata 0.7
    std::vector<std::string> names = file.text_field(table, "index", count);
    if (static_cast<Index>(names.size()) == count) return names;
    throw bad_file(file.path() + ": " + table, "it has " + std::to_string(names.size()) +
                                                   " names, but the matrix has " +
                                                   std::to_string(count) + " " + kind + "s");
  }
  const std::string column = table + "/" + file.text_attribute(table, "_index").value_or("_index");
  switch (file.kind_of(column)) {
    case Hdf5Kind::dataset:
      return read_texts(file, column, count, kind);
    case Hdf5Kind::group:  // strings that may lack
      return read_texts(file, column + "/values", count, kind);
    case Hdf5Kind::none:
    case Hdf5Kind::other:
      break;
  }
  throw bad_file(file.path() + ": " + table, "its names, " + column + ", are not there");
}

/// Whether the names are 0, 1, 2, ...: what anndata calls lines that have no names.
bool only_numbers_lines(const std::vector<std::string>& names) {
  Index line = 0;
  return std::ranges::all_of(
      names, [&](const std::string& name) { return name == std::to_string(line++); });
}

}  // namespace

Hdf5Place find_hdf5_matrix(const Hdf5File& file, const std::string& dataset) {
  Hdf5Place place;
  place.object = dataset.empty() ? only_matrix(file) : dataset;
  const std::size_t begin = place.object.find_first_not_of('/');
  place.object = begin == std::string::npos ? "" : place.object.substr(begin);
  switch (file.kind_of(place.object)) {
    case Hdf5Kind::dataset:
      break;
    case Hdf5Kind::group:
      if (!is_sparse_group(file, place.object)) {
        throw bad_file(file.path(), "the group /" + place.object +
                                        " is not a matrix: no data, indices and indptr in it" +
                                        what_there_is(file));
      }
      place.kind = is_tenx(file, place.object) ? Hdf5Place::Kind::tenx : Hdf5Place::Kind::sparse;
      break;
    case Hdf5Kind::none:
      throw Error(ErrorKind::no_input,
                  file.path() + ": no matrix " + place.object + what_there_is(file));
    case Hdf5Kind::other:
      throw bad_file(file.path(), place.object + " is not a matrix" + what_there_is(file));
  }
  if (place.kind == Hdf5Place::Kind::tenx) {
    place.row_names = feature_source(file, place.object);
    place.column_names = {Hdf5Names::Kind::texts, place.object + "/barcodes", ""};
  } else if (is_anndata(file)) {
    name_anndata(file, place);
  } else if (place.kind == Hdf5Place::Kind::dense) {
    place.row_names = texts_beside(file, place.object, "row_names");
    place.column_names = texts_beside(file, place.object, "column_names");
  }
  return place;
}

std::vector<std::string> read_hdf5_names(const Hdf5File& file, const Hdf5Names& names, Index count,
                                         const std::string& kind) {
  switch (names.kind) {
    case Hdf5Names::Kind::none:
      return {};
    case Hdf5Names::Kind::table: {
      std::vector<std::string> found = read_table(file, names.object, count, kind);
      if (only_numbers_lines(found)) found.clear();
      return found;
    }
    case Hdf5Names::Kind::texts:
      return read_texts(file, names.object, count, kind);
    case Hdf5Names::Kind::features:
      return feature_names(read_texts(file, names.object, count, kind),
                           names.symbols.empty() ? std::vector<std::string>()
                                                 : read_texts(file, names.symbols, count, kind));
  }
  return {};
}

}  // namespace partita
