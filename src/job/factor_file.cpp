#include "job/factor_file.hpp"

#include "partita/base/error.hpp"

#include <algorithm>

#include "io/text/number_text.hpp"

namespace partita {

bool FactorFile::by_name() const {
  const MatrixShape& shape = matrix.shape;
  const bool named = side == Side::A ? shape.has_row_labels : shape.has_column_labels;
  return named && source.shape().has_row_labels;
}

std::string counted(Index count, const std::string& kind) {
  return std::to_string(count) + " " + kind + (count == 1 ? "" : "s");
}

std::string some_of(const std::vector<std::string>& names, const std::vector<Index>& lines) {
  constexpr std::size_t kShown = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(kShown, lines.size()); ++i) {
    text += (i > 0 ? ", " : "") + shown(names[static_cast<std::size_t>(lines[i])]);
  }
  if (lines.size() > kShown) text += " and " + std::to_string(lines.size() - kShown) + " more";
  return text;
}

void check_lines(const FactorFile& file, const std::string& what) {
  if (file.by_name() || file.source.shape().rows == file.lines()) return;
  throw Error(ErrorKind::bad_data, file.path + ": the " + what + " have " +
                                       counted(file.source.shape().rows, file.kind()) + ", " +
                                       file.matrix.name + " has " +
                                       counted(file.lines(), file.kind()) +
                                       "; they must be as many, or have names in both");
}

void check_nonnegative(const FactorFile& file, const TallMatrix<double>& W, Index first) {
  for (Index i = 0; i < W.rows(); ++i) {
    for (Index j = 0; j < W.width(); ++j) {
      if (W(i, j) >= 0) continue;
      const Index line = first + i + 1;
      const Index row = file.side == Side::A ? line : j + 1;
      const Index column = file.side == Side::A ? j + 1 : line;
      throw Error(ErrorKind::bad_data,
                  file.path + ": row " + std::to_string(row) + ", column " +
                      std::to_string(column) + ": value " + number_text(W(i, j)) +
                      " is negative, but the factors are to be non-negative; clip it, or take "
                      "--constraint none");
    }
  }
}

}  // namespace partita
