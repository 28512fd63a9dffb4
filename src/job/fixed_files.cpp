#include "job/fixed_files.hpp"

#include "partita/base/error.hpp"
#include "partita/io/formats/factor_files.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "comm/agreement.hpp"
#include "io/text/number_text.hpp"
#include "job/line_names.hpp"

namespace partita {

namespace {

/// One file of fixed parts and the matrix that it is to fit.
struct FixedFile {
  std::string path;
  Side side;
  const LinesOfMatrix& matrix;
  MatrixSource& source;

  [[nodiscard]] std::string kind() const { return side == Side::A ? "row" : "column"; }
  [[nodiscard]] Index lines() const {
    return side == Side::A ? matrix.shape.rows : matrix.shape.columns;
  }
  [[nodiscard]] const std::vector<std::string>& names_in_matrix() const {
    return side == Side::A ? matrix.labels.rows : matrix.labels.columns;
  }
  [[nodiscard]] bool by_name() const {
    const MatrixShape& shape = matrix.shape;
    const bool named = side == Side::A ? shape.has_row_labels : shape.has_column_labels;
    return named && source.shape().has_row_labels;
  }
};

/// "'a', 'b' and 7 more".
std::string some_of(const std::vector<std::string>& names, const std::vector<Index>& lines) {
  constexpr std::size_t kShown = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(kShown, lines.size()); ++i) {
    text += (i > 0 ? ", " : "") + shown(names[static_cast<std::size_t>(lines[i])]);
  }
  if (lines.size() > kShown) text += " and " + std::to_string(lines.size() - kShown) + " more";
  return text;
}

/// Before any line is read. @throws Error (bad_data).
void check_shape(const FixedFile& file) {
  if (file.by_name() || file.source.shape().rows == file.lines()) return;
  const auto text = [](Index count, const std::string& kind) {
    return std::to_string(count) + " " + kind + (count == 1 ? "" : "s");
  };
  throw Error(ErrorKind::bad_data, file.path + ": the fixed components have " +
                                       text(file.source.shape().rows, file.kind()) + ", " +
                                       file.matrix.name + " has " +
                                       text(file.lines(), file.kind()) +
                                       "; they must be as many, or have names in both");
}

/// Which lines of the file the lines of the matrix are. On process 0.
NameMatch match_lines(const FixedFile& file) {
  const std::vector<std::string>& names = file.source.labels().rows;
  const std::unordered_set<std::string> known(names.begin(), names.end());
  std::vector<Index> missing;
  for (std::size_t i = 0; i < file.names_in_matrix().size(); ++i) {
    if (!known.contains(file.names_in_matrix()[i])) missing.push_back(static_cast<Index>(i));
  }
  if (!missing.empty()) {
    throw Error(ErrorKind::bad_data,
                file.path + ": " + std::to_string(missing.size()) + " of the " +
                    std::to_string(file.lines()) + " " + file.kind() + "s of " + file.matrix.name +
                    (missing.size() == 1 ? " is" : " are") +
                    " not in it: " + some_of(file.names_in_matrix(), missing) +
                    "; leave them out of the matrix, or add them to the components");
  }
  return match_names(file.names_in_matrix(), names, file.kind(), file.matrix.name, file.path);
}

/// @param lines  of the file; the rows of W.
void check_values(const FixedFile& file, const TallMatrix<double>& W, Index first) {
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

TallMatrix<double> read_one(const Communicator& world, const FixedFile& file, bool nonnegative,
                            Range mine, const FactorFileTold& told) {
  check_shape(file);
  const bool by_name = file.by_name();
  const Range part = by_name ? Range{0, file.source.shape().rows} : mine;
  TallMatrix<double> W = read_factor(world, file.source, part);
  together(world, [&] {
    if (nonnegative) check_values(file, W, part.begin);
  });
  if (!by_name) return W;
  NameMatch match;
  together(world, [&] {
    if (!world.is_root()) return;
    match = match_lines(file);
    if (match.absent.empty()) return;
    told.warning(file.path + ": " + std::to_string(match.absent.size()) + " " + file.kind() +
                 (match.absent.size() == 1 ? "" : "s") + " not in " + file.matrix.name +
                 ", left out: " + some_of(file.source.labels().rows, match.absent));
  });
  broadcast(world, match);
  TallMatrix<double> picked(mine.size(), W.width());
  for (Index i = 0; i < mine.size(); ++i) {
    const Index line = match.of_model[static_cast<std::size_t>(mine.begin + i)];
    std::copy_n(W.row(line), W.width(), picked.row(i));
  }
  return picked;
}

}  // namespace

FixedCounts count_fixed(const Communicator& world, const JobChoices& choices) {
  const auto count = [&](const std::string& file, Side side) {
    return file.empty() ? Index{0} : open_factor(world, file, side)->shape().columns;
  };
  return {count(choices.fix_A, Side::A), count(choices.fix_S, Side::S)};
}

void read_fixed(const Communicator& world, const JobChoices& choices, const LinesOfMatrix& matrix,
                bool nonnegative, Range rows, Range columns, const FactorFileTold& told,
                GivenStart& given) {
  const auto read = [&](const std::string& path, Side side, Range mine) {
    const std::unique_ptr<MatrixSource> source = open_factor(world, path, side);
    told.opened(path, *source);
    return read_one(world, {path, side, matrix, *source}, nonnegative, mine, told);
  };
  if (!choices.fix_A.empty()) given.fixed_A = read(choices.fix_A, Side::A, rows);
  if (!choices.fix_S.empty()) given.fixed_S = read(choices.fix_S, Side::S, columns);
}

}  // namespace partita
