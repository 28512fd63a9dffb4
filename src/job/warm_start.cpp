#include "job/warm_start.hpp"

#include "partita/base/error.hpp"
#include "partita/io/formats/factor_files.hpp"
#include "partita/layout/block_distribution.hpp"

#include <algorithm>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "job/line_names.hpp"

namespace partita {

namespace {

constexpr Index kNew = -1;

/// Where the lines of the matrix are in the file, which has been read, kNew for those that are not
/// there; nothing where there are no names. Collective.
std::vector<Index> places_of(const Communicator& world, const FactorFile& file,
                             const FactorFileTold& told) {
  if (!file.by_name()) return {};
  NameMatch match;
  together(world, [&] {
    if (!world.is_root()) return;
    match = match_names(file.names_in_matrix(), file.source.labels().rows, file.kind(),
                        file.matrix.name, file.path);
    const auto tell = [&](const std::vector<std::string>& names, const std::vector<Index>& lines,
                          const std::string& what) {
      if (lines.empty()) return;
      told.warning(file.path + ": " + counted(static_cast<Index>(lines.size()), file.kind()) +
                   what + some_of(names, lines));
    };
    tell(file.names_in_matrix(), match.unknown, " of " + file.matrix.name + " not in it, new: ");
    tell(file.source.labels().rows, match.absent, " not in " + file.matrix.name + ", left out: ");
  });
  broadcast(world, match);
  std::vector<Index> places(static_cast<std::size_t>(file.lines()), kNew);
  for (std::size_t i = 0; i < match.of_file.size(); ++i) {
    places[static_cast<std::size_t>(match.of_file[i])] = match.of_model[i];
  }
  return places;
}

/// Squared norms of the components in one file. Collective over `world`.
std::vector<double> squares(const Communicator& world, MatrixSource& source) {
  const MatrixShape& shape = source.shape();
  const BlockDistribution lines(shape.rows, world.size());
  const TallMatrix<double> W = read_factor(world, source, lines.range(world.rank()));
  std::vector<double> sums(static_cast<std::size_t>(shape.columns), 0.0);
  for (Index i = 0; i < W.rows(); ++i) {
    for (Index j = 0; j < W.width(); ++j) sums[static_cast<std::size_t>(j)] += W(i, j) * W(i, j);
  }
  sum_over(world, std::span<double>(sums));
  return sums;
}

/// The components that stay, in their order. Collective over `world`.
std::vector<Index> components_that_stay(const Communicator& world, const FactorFile& A,
                                        const FactorFile& S, const FactorizeOptions& options,
                                        const FactorFileTold& told) {
  const Index there = A.source.shape().columns;
  std::vector<Index> stay(static_cast<std::size_t>(there));
  std::iota(stay.begin(), stay.end(), 0);
  if (there <= options.components) return stay;
  const std::vector<double> of_A = squares(world, A.source);
  const std::vector<double> of_S = squares(world, S.source);
  const auto mass = [&](Index j) {
    return of_A[static_cast<std::size_t>(j)] * of_S[static_cast<std::size_t>(j)];
  };
  std::ranges::stable_sort(stay.begin() + options.fixed.components(), stay.end(),
                           [&](Index a, Index b) { return mass(a) > mass(b); });
  stay.resize(static_cast<std::size_t>(options.components));
  std::ranges::sort(stay);
  if (world.is_root()) {
    std::string text;
    for (const Index j : stay) text += (text.empty() ? "" : ", ") + std::to_string(j + 1);
    told.warning(A.path + ": of its " + counted(there, "component") + " the largest " +
                 std::to_string(stay.size()) + " stay: " + text);
  }
  return stay;
}

/// My lines of one factor, components x as they stay, zero where new. Collective over `world`.
TallMatrix<double> read_side(const Communicator& world, const FactorFile& file, Range mine,
                             const std::vector<Index>& stay, const FactorizeOptions& options,
                             const FactorFileTold& told) {
  const Range part = file.by_name() ? Range{0, file.source.shape().rows} : mine;
  const TallMatrix<double> W = read_factor(world, file.source, part);
  const std::vector<Index> places = places_of(world, file, told);
  together(world, [&] {
    if (!is_unconstrained(options)) check_nonnegative(file, W, part.begin);
  });
  TallMatrix<double> start(mine.size(), options.components);
  for (Index i = 0; i < mine.size(); ++i) {
    const Index from = places.empty() ? i : places[static_cast<std::size_t>(mine.begin + i)];
    for (std::size_t j = 0; j < stay.size(); ++j) {
      start(i, static_cast<Index>(j)) = from == kNew ? 0 : W(from, stay[j]);
    }
  }
  return start;
}

}  // namespace

GivenStart read_warm_start(const Communicator& world, const JobChoices& choices,
                           const LinesOfMatrix& matrix, const FactorizeOptions& options, Range rows,
                           Range columns, const FactorFileTold& told) {
  const std::unique_ptr<MatrixSource> source_A = open_factor(world, choices.init_A, Side::A);
  const std::unique_ptr<MatrixSource> source_S = open_factor(world, choices.init_S, Side::S);
  const FactorFile A{choices.init_A, Side::A, matrix, *source_A};
  const FactorFile S{choices.init_S, Side::S, matrix, *source_S};
  const Index there = source_A->shape().columns;
  if (there != source_S->shape().columns) {
    throw Error(ErrorKind::bad_data, A.path + " has " + counted(there, "component") + ", " +
                                         S.path + " has " +
                                         std::to_string(source_S->shape().columns));
  }
  check_lines(A, "factors of the model");
  check_lines(S, "factors of the model");
  const std::vector<Index> stay = components_that_stay(world, A, S, options, told);
  GivenStart start;
  start.A = read_side(world, A, rows, stay, options, told);
  start.S = read_side(world, S, columns, stay, options, told);
  start.drawn = options.components - static_cast<Index>(stay.size());
  return start;
}

}  // namespace partita
