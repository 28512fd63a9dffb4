#include "partita/base/error.hpp"
#include "partita/io/formats/factor_files.hpp"
#include "partita/io/formats/matrix_format.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "comm/agreement.hpp"
#include "commands/command.hpp"
#include "exit_codes.hpp"
#include "io/read_block.hpp"
#include "io/text/number_text.hpp"
#include "job/entry_weights.hpp"
#include "job/line_names.hpp"
#include "one_grid.hpp"
#include "parse_or_help.hpp"
#include "shared_text.hpp"
#include "transform_options.hpp"

namespace partita::app {

namespace {

/// The model's file and the matrix, and what they call each other's lines.
struct Meeting {
  const TransformOptions& options;
  const Model& model;
  const ModelFactors& factors;
  MatrixSource& source;
  const NewFactorRules& rules;

  [[nodiscard]] Side fixed_side() const { return options.side() == Side::A ? Side::S : Side::A; }
  [[nodiscard]] MatrixSource& fixed() const { return factors.side(fixed_side()); }
  /// What the fixed factor has a row for.
  [[nodiscard]] std::string kind() const { return fixed_side() == Side::S ? "column" : "row"; }
  [[nodiscard]] Index lines_of_file() const {
    return fixed_side() == Side::S ? source.shape().columns : source.shape().rows;
  }
  [[nodiscard]] bool by_name() const {
    const MatrixShape& shape = source.shape();
    const bool named = fixed_side() == Side::S ? shape.has_column_labels : shape.has_row_labels;
    return named && fixed().shape().has_row_labels;
  }
  [[nodiscard]] const std::vector<std::string>& names_in_file() const {
    const Labels& labels = source.labels();
    return fixed_side() == Side::S ? labels.columns : labels.rows;
  }
};

/// Before the matrix is read. @throws Error (bad_data) when it cannot be one of the model's.
void check_shape(const Meeting& meeting) {
  if (meeting.by_name()) return;
  const ModelFactors& factors = meeting.factors;
  const MatrixShape& shape = meeting.source.shape();
  const Index wanted = meeting.fixed().shape().rows;
  if (meeting.lines_of_file() == wanted) return;
  const auto text = [](Index rows, Index columns) {
    return std::to_string(rows) + " x " + std::to_string(columns);
  };
  throw Error(ErrorKind::bad_data,
              meeting.options.matrix.file + " is " + text(shape.rows, shape.columns) +
                  ", the model " + meeting.model.folder + " is of a matrix of " +
                  text(factors.rows(), factors.columns()) + ": new " +
                  (meeting.kind() == "column" ? "rows need its " : "columns need its ") +
                  std::to_string(wanted) + " " + meeting.kind() + "s, or names on both sides");
}

/// "a, b, c and 7 more".
std::string some_of(std::span<const std::string> names, std::span<const Index> lines) {
  constexpr std::size_t kShown = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(kShown, lines.size()); ++i) {
    text += (i > 0 ? ", " : "") + shown(names[static_cast<std::size_t>(lines[i])]);
  }
  if (lines.size() > kShown) text += " and " + std::to_string(lines.size() - kShown) + " more";
  return text;
}

void tell_match(const Meeting& meeting, const NameMatch& match) {
  const auto tell = [&](std::span<const Index> lines, std::span<const std::string> names,
                        const std::string& what) {
    if (lines.empty()) return;
    std::fprintf(stderr, "partita: %s: %zu %s%s %s: %s\n", meeting.options.matrix.file.c_str(),
                 lines.size(), meeting.kind().c_str(), lines.size() == 1 ? "" : "s", what.c_str(),
                 some_of(names, lines).c_str());
  };
  const bool zero = meeting.options.absent == Absent::zero && meeting.rules.unstored != 0;
  tell(match.absent, meeting.fixed().labels().rows,
       std::string("of the model not in it, taken as ") + (zero ? "zero" : "missing"));
  tell(match.unknown, meeting.names_in_file(), "unknown to the model, left out");
}

TallMatrix<double> picked(const TallMatrix<double>& from, std::span<const Index> rows) {
  TallMatrix<double> to(static_cast<Index>(rows.size()), from.width());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::copy_n(from.row(rows[i]), from.width(), to.row(static_cast<Index>(i)));
  }
  return to;
}

/// New rows of X, or of their weights.
using NewBlock = std::unique_ptr<Block<double>>;

/// Only some columns (rows) of the block stay; none of no block.
void select(Side fixed_side, std::span<const Index> lines, NewBlock& block) {
  if (block == nullptr) return;
  const BlockEntries<double>& entries = *block->entries();
  const int unit = block->unit();
  block = fixed_side == Side::S ? entries.select_columns(lines) : entries.select_rows(lines);
  block->set_unit(unit);
}

/// The fixed factor, the block and the weights, all with the lines that model and file have in
/// common. @param weights  or nullptr
FixedFactor meet(const Communicator& world, const Meeting& meeting, NewBlock& block,
                 NewBlock& weights) {
  MatrixSource& source = meeting.fixed();
  FixedFactor fixed{read_model_factor(world, meeting.model, meeting.factors, meeting.fixed_side(),
                                      {0, source.shape().rows}),
                    {}};
  if (!meeting.by_name()) return fixed;
  NameMatch match;
  together(world, [&] {
    if (!world.is_root()) return;
    match = match_names(meeting.names_in_file(), source.labels().rows, meeting.kind(),
                        meeting.options.matrix.file, meeting.model.folder);
    if (!meeting.options.quiet) tell_match(meeting, match);
  });
  broadcast(world, match);
  if (match.same()) return fixed;
  together(world, [&] {
    if (meeting.options.absent == Absent::zero) fixed.absent = picked(fixed.met, match.absent);
    fixed.met = picked(fixed.met, match.of_model);
    select(meeting.fixed_side(), match.of_file, block);
    select(meeting.fixed_side(), match.of_file, weights);
  });
  return fixed;
}

/// Where the biases of new rows or columns go: "new.csv" has "new.bias.csv" beside it.
std::string bias_file(const NewFile& output) {
  std::filesystem::path path = output.path;
  const std::string ending = path.extension().string();
  return path.replace_extension(".bias" + ending).string();
}

TallMatrix<double> columns(const TallMatrix<double>& W, Index first, Index count) {
  TallMatrix<double> part(W.rows(), count);
  for (Index i = 0; i < W.rows(); ++i) std::copy_n(W.row(i) + first, count, part.row(i));
  return part;
}

void write_new_factor(const Communicator& world, const Meeting& meeting, const NewFactor& factor) {
  const TransformOptions& options = meeting.options;
  const MatrixShape& shape = meeting.source.shape();
  const Index total = options.side() == Side::A ? shape.rows : shape.columns;
  const auto write = [&](const TallMatrix<double>& values, const std::string& file) {
    const FactorShare share{options.side(), values, factor.range, total};
    write_factor(world, file, share, meeting.source.labels(), options.output.format);
  };
  const std::optional<BiasColumns>& bias = meeting.rules.penalty.bias;
  if (!bias) {
    write(factor.values, options.output.path);
    return;
  }
  write(columns(factor.values, 0, meeting.factors.components()), options.output.path);
  write(columns(factor.values, bias->own, 1), bias_file(options.output));
}

int run_transform(const Communicator& world, const std::vector<std::string>& arguments) {
  TransformOptions options;
  const CommandSyntax syntax = transform_syntax(options);
  if (!parse_or_help(world, syntax, arguments)) return kDone;
  check_options(world, options);
  const Model model = read_model(world, options.model);
  const NewFactorRules rules = rules_of(options, model);
  const ModelFactors factors = open_factors(world, model);
  const auto source = open_input(world, options.matrix, options.quiet);
  const Meeting meeting{options, model, factors, *source, rules};
  check_shape(meeting);

  const bool of_rows = options.side() == Side::A;
  const MatrixShape& shape = source->shape();
  const GridShape grid = of_rows ? GridShape{world.size(), 1} : GridShape{1, world.size()};
  const Index k = factors.components();
  const JobPlan plan = one_grid(world, shape, k, grid);
  const MatrixLayout of_file(shape.rows, shape.columns, grid);
  auto block = read_block<double>(world, *source, plan, of_file, k, HeldUnit::that_suits);
  NewBlock weights;
  if (options.counting.weights.weighted()) {
    const auto weights_source = open_weights(world, options.counting.weights, shape);
    weights = read_block<double>(world, *weights_source, plan, of_file);
  }
  FixedFactor fixed = meet(world, meeting, block, weights);
  const Index met = fixed.met.rows();
  const MatrixLayout layout(of_rows ? shape.rows : met, of_rows ? met : shape.columns, grid);
  const DistributedMatrix<double> X(ProcessGrid(world, grid), layout, std::move(block));
  if (X.squared_norm() == 0) {
    throw Error(ErrorKind::bad_data, options.matrix.file + ": all entries are zero" +
                                         (meeting.by_name() ? ", of those the model knows" : ""));
  }
  const NewFactor factor = solve_new_factor(X, options.side(), fixed, rules, weights.get());
  write_new_factor(world, meeting, factor);
  print_on_root(world, "relative_error=" + shortest(factor.relative_error) +
                           (of_rows ? " rows=" + std::to_string(shape.rows)
                                    : " columns=" + std::to_string(shape.columns)) +
                           " output=" + options.output.path + "\n");
  return kDone;
}

}  // namespace

Command transform_command() {
  return {"transform", "new rows or columns in terms of a finished run",
          [] { return described(transform_syntax); }, run_transform};
}

}  // namespace partita::app
