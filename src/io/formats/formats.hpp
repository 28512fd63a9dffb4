#pragma once

#include "partita/io/formats/factor_share.hpp"
#include "partita/io/spread/matrix_rows.hpp"
#include "partita/io/spread/matrix_source.hpp"

#include <functional>
#include <memory>
#include <string>

// What each format's file brings to the table of formats (see MatrixFormat).
namespace partita {

/// Lets `write` make a file of that name, packed where it ends in .gz. Collective over `comm`.
void write_perhaps_packed(const Communicator& comm, const std::string& path,
                          const std::function<void(const std::string& file)>& write);

std::unique_ptr<MatrixSource> open_matrix_market(const Communicator& world, const std::string& path,
                                                 const ReadOptions& options);
void write_matrix_market(const Communicator& comm, const std::string& path, Range my_rows,
                         const MatrixRows& matrix);

/// Whether there is a folder, or files that begin with `path`, with the three files of 10x
/// Genomics.
bool is_tenx_folder(const std::string& path);
/// features x barcodes: matrix.mtx, its rows named by features.tsv (or genes.tsv), its columns by
/// barcodes.tsv; each may end in .gz. @param path  the folder, or what the three names begin with.
std::unique_ptr<MatrixSource> open_tenx_folder(const Communicator& world, const std::string& path,
                                               const ReadOptions& options);

/// A dataset of two dimensions, a matrix of AnnData or one of 10x Genomics.
std::unique_ptr<MatrixSource> open_hdf5(const Communicator& world, const std::string& path,
                                        const ReadOptions& options);
/// A dataset X, beside it the names where there are any: row_names, column_names.
void write_hdf5(const Communicator& comm, const std::string& path, Range my_rows,
                const MatrixRows& matrix);
/// A dataset A or S, with the names of its rows or columns.
void write_hdf5_factor(const Communicator& comm, const std::string& path, const FactorShare& share,
                       Index components, const Labels& labels);
/// X of AnnData, a dataset or, of a sparse matrix, CSR; obs and var with the names, or numbers.
void write_anndata(const Communicator& comm, const std::string& path, Range my_rows,
                   const MatrixRows& matrix);

std::unique_ptr<MatrixSource> open_numpy(const Communicator& world, const std::string& path,
                                         const ReadOptions& options);
void write_numpy(const Communicator& comm, const std::string& path, Range my_rows,
                 const MatrixRows& matrix);
/// A as (n, k) in C order, S as (k, m) in Fortran order, both <f8: in either case each owner writes
/// one contiguous piece.
void write_numpy_factor(const Communicator& comm, const std::string& path, const FactorShare& share,
                        Index components, const Labels& labels);

/// CSR, CSC and COO of SciPy. Written as CSR.
std::unique_ptr<MatrixSource> open_scipy(const Communicator& world, const std::string& path,
                                         const ReadOptions& options);
void write_scipy(const Communicator& comm, const std::string& path, Range my_rows,
                 const MatrixRows& matrix);

std::unique_ptr<MatrixSource> open_csv(const Communicator& world, const std::string& path,
                                       const ReadOptions& options);
std::unique_ptr<MatrixSource> open_tsv(const Communicator& world, const std::string& path,
                                       const ReadOptions& options);
void write_csv(const Communicator& comm, const std::string& path, Range my_rows,
               const MatrixRows& matrix);
/// A with a header row of components (component_1, ...) and a first column of row labels, S with a
/// first column of components and a header row of column labels; without labels that row or column
/// is left out. Numbers are the shortest that read back the same.
void write_csv_factor(const Communicator& comm, const std::string& path, const FactorShare& share,
                      Index components, const Labels& labels);
void write_tsv(const Communicator& comm, const std::string& path, Range my_rows,
               const MatrixRows& matrix);

}  // namespace partita
