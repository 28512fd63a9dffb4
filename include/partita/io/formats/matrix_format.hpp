/// io/: the table of matrix formats (one file each), parallel readers and writers, result files. It
/// knows no solvers.
#pragma once

#include "partita/comm/communicator.hpp"
#include "partita/io/spread/matrix_rows.hpp"
#include "partita/io/spread/matrix_source.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace partita {

/// One row of the table of formats.
struct MatrixFormat {
  std::string_view name;  ///< as given to --format
  std::span<const std::string_view> extensions;
  bool is_table;  ///< has a separator, and perhaps names
  /// Collective. @throws Error on every process: no_input, or bad_data when the file is not what
  /// it claims to be.
  std::unique_ptr<MatrixSource> (*open)(const Communicator& world, const std::string& path,
                                        const ReadOptions& options);
  /// Collective; see write_matrix.
  void (*write)(const Communicator& comm, const std::string& path, Range my_rows,
                const MatrixRows& matrix);
};

[[nodiscard]] std::span<const MatrixFormat> matrix_formats();

/// The format called `name`, or when that is empty the one of the path's extension.
/// @throws Error (usage) listing the known formats.
[[nodiscard]] const MatrixFormat& find_format(const std::string& path, std::string_view name = {});

/// The same for a file that is to be written. @throws Error (usage) also where it would have to be
/// compressed.
[[nodiscard]] const MatrixFormat& find_output_format(const std::string& path,
                                                     std::string_view name = {});

/// Opens a matrix in the format called `format` (empty: by extension). Collective over `world`.
/// @throws Error on every process: what the format's open throws, bad_data also for a matrix
/// without rows or columns, usage for options of tables with another format.
[[nodiscard]] std::unique_ptr<MatrixSource> open_matrix(const Communicator& world,
                                                        const std::string& path,
                                                        const ReadOptions& options = {},
                                                        std::string_view format = {});

/// Writes a matrix whole or not at all; each process writes its rows. The file is the same for any
/// number of processes. Formats: npy (<f8, C order), mtx (coordinate real general; non-zeros only),
/// csv, tsv (with labels where given). Collective over `comm`.
/// @param my_rows  the rows this process makes; all processes' together are all rows, once.
/// @throws Error (cannot_create, input_output) on every process.
void write_matrix(const Communicator& comm, const std::string& path, Range my_rows,
                  const MatrixRows& matrix, std::string_view format = {});

}  // namespace partita
