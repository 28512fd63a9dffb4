#pragma once

#include "partita/base/side.hpp"
#include "partita/data/tall_matrix.hpp"
#include "partita/io/spread/matrix_source.hpp"

#include <functional>
#include <string>
#include <vector>

#include "job/start_files.hpp"

namespace partita {

/// What a caller wants to hear of files of factors; nothing by default.
struct FactorFileTold {
  OnOpened opened = [](const std::string&, const MatrixSource&) {};
  /// On process 0: a line of text.
  std::function<void(const std::string&)> warning = [](const std::string&) {};
};

/// A matrix that has been read, as far as the parts of its factors are to fit it.
struct LinesOfMatrix {
  const std::string& name;
  const MatrixShape& shape;
  const Labels& labels;
};

/// An opened file of A or S, and the matrix whose rows or columns its lines are to be.
struct FactorFile {
  std::string path;
  Side side;
  const LinesOfMatrix& matrix;
  MatrixSource& source;

  /// What a line is in the matrix, for messages: "row" or "column".
  [[nodiscard]] std::string kind() const { return side == Side::A ? "row" : "column"; }
  /// Lines of the matrix.
  [[nodiscard]] Index lines() const {
    return side == Side::A ? matrix.shape.rows : matrix.shape.columns;
  }
  /// Names of all lines of the matrix; of rows on process 0 only.
  [[nodiscard]] const std::vector<std::string>& names_in_matrix() const {
    return side == Side::A ? matrix.labels.rows : matrix.labels.columns;
  }
  /// Whether both have names, by which they are matched.
  [[nodiscard]] bool by_name() const;
};

/// "1 row", "2 rows".
[[nodiscard]] std::string counted(Index count, const std::string& kind);
/// Some of the named lines: "a", "b" and 7 more.
[[nodiscard]] std::string some_of(const std::vector<std::string>& names,
                                  const std::vector<Index>& lines);

/// Where there are no names: whether the file has as many lines as the matrix.
/// @param what  it holds, in the plural. @throws Error (bad_data).
void check_lines(const FactorFile& file, const std::string& what);

/// @param W  lines of the file from `first` on. @throws Error (bad_data) for a negative value,
/// naming its place in the file.
void check_nonnegative(const FactorFile& file, const TallMatrix<double>& W, Index first);

}  // namespace partita
