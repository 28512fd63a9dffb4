#pragma once

#include "partita/base/index.hpp"
#include "partita/comm/communicator.hpp"
#include "partita/data/tall_matrix.hpp"
#include "partita/io/formats/factor_share.hpp"
#include "partita/io/formats/matrix_format.hpp"
#include "partita/io/spread/matrix_source.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace partita {

/// The format of factors called `name`; when that is empty the first of the table that holds
/// factors, and names where those of the matrix are to be kept.
/// @throws Error (usage) for one that is unknown or holds no factors.
[[nodiscard]] const MatrixFormat& factor_format(std::string_view name, bool with_labels);

/// What the file of a factor is called in a format, such as "A.npy".
[[nodiscard]] std::string factor_file_name(Side side, const MatrixFormat& format);

/// Writes a factor in the format called `format` (empty: by extension), whole or not at all.
/// @param labels  of X; formats that hold none leave them out.
/// Collective over `comm`. @throws Error on every process: cannot_create, input_output; usage for a
/// format that holds no factors.
void write_factor(const Communicator& comm, const std::string& path, const FactorShare& share,
                  const Labels& labels = {}, std::string_view format = {});

/// Opens a factor in any matrix format, any finite values; shape() is that in memory: rows n or m,
/// columns k. Collective over `comm`. @throws Error on every process.
[[nodiscard]] std::unique_ptr<MatrixSource> open_factor(const Communicator& comm,
                                                        const std::string& path, Side side);

/// Rows `mine` of an opened factor (A, or Sᵀ), mine.size() x k. Ranges of different processes may
/// overlap or be empty. Collective over `comm`. @throws Error on every process.
[[nodiscard]] TallMatrix<double> read_factor(const Communicator& comm, MatrixSource& source,
                                             Range mine);

}  // namespace partita
