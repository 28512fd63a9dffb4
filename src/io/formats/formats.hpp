#pragma once

#include "partita/io/spread/matrix_rows.hpp"
#include "partita/io/spread/matrix_source.hpp"

#include <memory>
#include <string>

// What each format's file brings to the table of formats (see MatrixFormat).
namespace partita {

std::unique_ptr<MatrixSource> open_matrix_market(const Communicator& world, const std::string& path,
                                                 const ReadOptions& options);
void write_matrix_market(const Communicator& comm, const std::string& path, Range my_rows,
                         const MatrixRows& matrix);

std::unique_ptr<MatrixSource> open_numpy(const Communicator& world, const std::string& path,
                                         const ReadOptions& options);
void write_numpy(const Communicator& comm, const std::string& path, Range my_rows,
                 const MatrixRows& matrix);

std::unique_ptr<MatrixSource> open_csv(const Communicator& world, const std::string& path,
                                       const ReadOptions& options);
std::unique_ptr<MatrixSource> open_tsv(const Communicator& world, const std::string& path,
                                       const ReadOptions& options);
void write_csv(const Communicator& comm, const std::string& path, Range my_rows,
               const MatrixRows& matrix);
void write_tsv(const Communicator& comm, const std::string& path, Range my_rows,
               const MatrixRows& matrix);

}  // namespace partita
