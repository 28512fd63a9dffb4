#pragma once

#include "partita/io/spread/matrix_source.hpp"

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace partita {

/// Names of lines from a text file (or .gz), one a line. On one process.
/// @param count  of them. @param kind  "row" or "column" of the matrix at `matrix`, for messages.
/// @throws Error (no_input; bad_data when they are not as many).
[[nodiscard]] std::vector<std::string> read_names(const std::string& path, Index count,
                                                  const std::string& kind,
                                                  const std::string& matrix);

/// The source with the names of --rows-file and --columns-file, and, where `beside`, of the files
/// X.rows.txt and X.columns.txt that lie beside X.mtx; the source itself where there are none.
/// Collective over `world`. @throws Error on every process.
[[nodiscard]] std::unique_ptr<MatrixSource> with_given_names(const Communicator& world,
                                                             const std::string& path,
                                                             const ReadOptions& options,
                                                             bool beside,
                                                             std::unique_ptr<MatrixSource> source);

/// The files of names beside X.mtx: X.rows.txt and X.columns.txt.
[[nodiscard]] std::array<std::string, 2> name_files_beside(const std::string& path);
/// Those of them that there are. On one process.
[[nodiscard]] std::vector<std::string> found_beside(const std::string& path);
/// Removes them, as a new matrix is to be written. On one process.
/// @throws Error (cannot_create).
void remove_names_beside(const std::string& path);
/// Writes names beside a matrix, where it has any; those of rows are on process 0. Collective.
/// @throws Error (cannot_create, input_output) on every process.
void write_names_beside(const Communicator& comm, const std::string& path, const Labels& labels);

/// Reads names of a matrix in the file and hands them out as its labels are: those of the rows (of
/// Xᵀ when `transpose`) stay on process 0, those of the columns go to every process. The functions
/// are called on process 0, inside together(). Collective over `world`.
[[nodiscard]] Labels deal_names(const Communicator& world, bool transpose,
                                const std::function<std::vector<std::string>()>& rows,
                                const std::function<std::vector<std::string>()>& columns);

}  // namespace partita
