#include "job/fixed_files.hpp"

#include "partita/base/error.hpp"
#include "partita/io/formats/factor_files.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "comm/agreement.hpp"
#include "job/line_names.hpp"

namespace partita {

namespace {

/// Which lines of the file the lines of the matrix are. On process 0.
NameMatch match_lines(const FactorFile& file) {
  const std::vector<std::string>& names = file.source.labels().rows;
  const std::unordered_set<std::string> known(names.begin(), names.end());
  std::vector<Index> missing;
  for (std::size_t i = 0; i < file.names_in_matrix().size(); ++i) {
    if (!known.contains(file.names_in_matrix()[i])) missing.push_back(static_cast<Index>(i));
  }
  if (!missing.empty()) {
    throw Error(ErrorKind::bad_data,
                file.path + ": " + std::to_string(missing.size()) + " of the " +
                    counted(file.lines(), file.kind()) + " of " + file.matrix.name +
                    (missing.size() == 1 ? " is" : " are") +
                    " not in it: " + some_of(file.names_in_matrix(), missing) +
                    "; leave them out of the matrix, or add them to the components");
  }
  return match_names(file.names_in_matrix(), names, file.kind(), file.matrix.name, file.path);
}

TallMatrix<double> read_one(const Communicator& world, const FactorFile& file, bool nonnegative,
                            Range mine, const FactorFileTold& told) {
  check_lines(file, "fixed components");
  const bool by_name = file.by_name();
  const Range part = by_name ? Range{0, file.source.shape().rows} : mine;
  TallMatrix<double> W = read_factor(world, file.source, part);
  together(world, [&] {
    if (nonnegative) check_nonnegative(file, W, part.begin);
  });
  if (!by_name) return W;
  NameMatch match;
  together(world, [&] {
    if (!world.is_root()) return;
    match = match_lines(file);
    if (match.absent.empty()) return;
    told.warning(file.path + ": " + counted(static_cast<Index>(match.absent.size()), file.kind()) +
                 " not in " + file.matrix.name +
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
