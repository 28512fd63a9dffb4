/// io/: the table of matrix formats (one file each), parallel readers and writers, result files. It
/// knows no solvers.
#pragma once

#include "partita/comm/communicator.hpp"
#include "partita/io/formats/factor_share.hpp"
#include "partita/io/spread/matrix_rows.hpp"
#include "partita/io/spread/matrix_source.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace partita {

/// One row of the table of formats: how matrices and factors are read and written in it.
struct MatrixFormat {
  std::string name;  ///< as given to --format, in small letters
  std::vector<std::string> extensions =
      {};                         ///< in small letters; the first is that of factors' files
  bool is_table = false;          ///< text of which a separator, a header, ... may be stated
  bool holds_labels = false;      ///< whether rows and columns have names in it
  bool holds_datasets = false;    ///< whether a matrix is chosen by ReadOptions::dataset
  bool has_names_beside = false;  ///< whether X.rows.txt, X.columns.txt are names of X
  /// Whether a path that has no extension of a format is of this one, such as that of a folder of
  /// several files. Asked on one process.
  bool (*recognises)(const std::string& path) = nullptr;
  /// Collective. @throws Error on every process: no_input, or bad_data when the file is not what
  /// it claims to be.
  std::unique_ptr<MatrixSource> (*open)(const Communicator& world, const std::string& path,
                                        const ReadOptions& options) = nullptr;
  /// Collective; see write_matrix. nullptr for a format that is only read.
  void (*write)(const Communicator& comm, const std::string& path, Range my_rows,
                const MatrixRows& matrix) = nullptr;
  /// Collective; see write_factor. The shares have been found to be all of the factor, once.
  /// nullptr for a format that holds no factors.
  void (*write_factor)(const Communicator& comm, const std::string& path, const FactorShare& share,
                       Index components, const Labels& labels) = nullptr;
};

/// The formats there are.
[[nodiscard]] std::span<const MatrixFormat> matrix_formats();

/// Adds a format of the caller's own, before anything is read or written; not for use by several
/// threads. @throws Error (usage) when there is one of its name or of an extension of its, or it
/// has no extension or no open.
void add_format(MatrixFormat format);

/// The format called `name`, or by an extension without its dot; when that is empty the one of the
/// path's extension.
/// @throws Error (usage) listing the known formats.
[[nodiscard]] const MatrixFormat& find_format(const std::string& path, std::string_view name = {});

/// The format of what is to be read: the one called `name`; when that is empty the one of the
/// path's extension, or that recognises what is there. Collective over `world`. @throws Error
/// (usage) on every process.
[[nodiscard]] const MatrixFormat& find_input_format(const Communicator& world,
                                                    const std::string& path,
                                                    std::string_view name = {});

/// The same for a file that is to be written. @throws Error (usage) also where it ends in .gz, but
/// not so in that format, or the format is only read.
[[nodiscard]] const MatrixFormat& find_output_format(const std::string& path,
                                                     std::string_view name = {});

/// Opens a matrix in the format called `format` (empty: by extension). Collective over `world`.
/// @throws Error on every process: what the format's open throws, bad_data also for a matrix
/// without rows or columns and for names that are not as many, usage for options of tables or of
/// datasets with another format.
[[nodiscard]] std::unique_ptr<MatrixSource> open_matrix(const Communicator& world,
                                                        const std::string& path,
                                                        const ReadOptions& options = {},
                                                        std::string_view format = {});

/// Writes a matrix whole or not at all; each process writes its rows. The file is the same for any
/// number of processes. Values are written as double; of a dense matrix sparse formats store the
/// non-zeros, of a sparse one what it lists; formats that hold names store them where given, and
/// beside an .mtx they are written as they are read. Collective over `comm`.
/// @param my_rows  the rows this process makes; all processes' together are all rows, once.
/// @throws Error (cannot_create, input_output) on every process.
void write_matrix(const Communicator& comm, const std::string& path, Range my_rows,
                  const MatrixRows& matrix, std::string_view format = {});

}  // namespace partita
