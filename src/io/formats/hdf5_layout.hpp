#pragma once

#include <string>
#include <vector>

#include "io/files/hdf5_file.hpp"

namespace partita {

/// Where the names of a matrix's lines are in an HDF5 file.
struct Hdf5Names {
  enum class Kind { none, table, texts, features };
  Kind kind = Kind::none;
  std::string object;   ///< of AnnData's obs and var: the table; else the strings, of features ids
  std::string symbols;  ///< of features: theirs, or empty
};

/// A matrix in an HDF5 file: a dataset of two dimensions; a group of arrays as AnnData has it; or
/// such a group as 10x Genomics has it, features x barcodes by columns.
struct Hdf5Place {
  enum class Kind { dense, sparse, tenx };
  Kind kind = Kind::dense;
  std::string object;
  Hdf5Names row_names;
  Hdf5Names column_names;
};

/// Finds the matrix `dataset`; when that is empty the X of AnnData, the matrix of 10x Genomics, or
/// the only one that the file has. Local. @throws Error (bad_data; no_input when there is no such
/// matrix; usage when there are several).
[[nodiscard]] Hdf5Place find_hdf5_matrix(const Hdf5File& file, const std::string& dataset);

/// Reads names; empty where there are none, or only numbers of lines where AnnData has names.
/// Local. @param count  of lines. @param kind  "row" or "column", for messages. @throws Error
/// (bad_data) when there are not as many names.
[[nodiscard]] std::vector<std::string> read_hdf5_names(const Hdf5File& file, const Hdf5Names& names,
                                                       Index count, const std::string& kind);

}  // namespace partita
