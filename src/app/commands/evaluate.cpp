#include "partita/base/error.hpp"
#include "partita/io/formats/factor_files.hpp"
#include "partita/io/formats/matrix_format.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <span>

#include "base/unit.hpp"
#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "comm/process_grid.hpp"
#include "commands/command.hpp"
#include "data/blocks/gram.hpp"
#include "entry_choices.hpp"
#include "exit_codes.hpp"
#include "factorize/matrix/entries_of.hpp"
#include "io/read_block.hpp"
#include "job/entry_weights.hpp"
#include "matrix_options.hpp"
#include "model.hpp"
#include "one_grid.hpp"
#include "options.hpp"
#include "options/rows.hpp"
#include "parse_or_help.hpp"
#include "shared_text.hpp"
#include "update/panel_rule.hpp"

namespace partita::app {

namespace {

struct EvaluateOptions {
  MatrixInput matrix;
  std::string model;
  std::string A;
  std::string S;
  EntryChoices entries;
  bool quiet = false;
  std::optional<Model> of_run = {};  ///< of --model
};

CommandSyntax evaluate_syntax(EvaluateOptions& options) {
  OptionGroup matrix = file_options(options.matrix);
  matrix.options = joined(std::move(matrix.options), entry_choice_options(options.entries));
  return {
      .command = "evaluate",
      .usage = "partita evaluate MATRIX --model DIR|--A FILE --S FILE",
      .summary =
          "Prints the relative error ||X - A S|| / ||X|| of given factors, term by term in\n"
          "double, and the root mean square of X - A S, both over what counts; that and the mean\n"
          "of |X - A S| also over the entries that the file stores.",
      .operands = {"MATRIX"},
      .take_operand = file_operand(options.matrix),
      .groups = {matrix,
                 {"Factors",
                  {{"model", 0, "DIR", "", "those of a finished run", into(options.model)},
                   {"A", 0, "FILE", "", "A, n x k", into(options.A)},
                   {"S", 0, "FILE", "", "S, k x m", into(options.S)}}},
                 message_options(options.quiet)}};
}

std::string shape_text(Index rows, Index columns) {
  return std::to_string(rows) + " x " + std::to_string(columns);
}

void check_shapes(const EvaluateOptions& options, const MatrixShape& X, const MatrixShape& A,
                  const MatrixShape& S) {
  const std::string X_text = options.matrix.file + " is " + shape_text(X.rows, X.columns);
  const std::string A_text = options.A + " is " + shape_text(A.rows, A.columns);
  const std::string S_text = options.S + " is " + shape_text(S.columns, S.rows);
  const auto differ = [](const std::string& what) { throw Error(ErrorKind::bad_data, what); };
  if (A.rows != X.rows) differ("A must have the rows of the matrix: " + A_text + ", " + X_text);
  if (S.rows != X.columns)
    differ("S must have the columns of the matrix: " + S_text + ", " + X_text);
  if (A.columns != S.columns) {
    differ("A must have as many columns as S has rows: " + A_text + ", " + S_text);
  }
}

/// A S in the unit of X, 4^unit: the largest entry of A becomes about 1, so that neither factor's
/// squares overflow. Collective over `world`.
void bring_to_unit(const Communicator& world, int unit, TallMatrix<double>& A,
                   TallMatrix<double>& S) {
  double largest = 0;
  for (const double value : A.values()) largest = std::max(largest, std::abs(value));
  largest = max_over(world, largest);
  const int exponent = largest > 0 && std::isfinite(largest) ? std::ilogb(largest) : 0;
  multiply_by_power_of_two(A.values(), -exponent);
  multiply_by_power_of_two(S.values(), exponent - 2 * unit);
}

/// The files of the factors, and how entries count: as in the run of a model, unless it is stated.
/// Collective over `world`. @throws Error.
EntryCounting find_factors(const Communicator& world, const StatedOptions& stated,
                           EvaluateOptions& options) {
  const bool by_files = stated.has("A") || stated.has("S");
  if (stated.has("model") == by_files) {
    throw Error(ErrorKind::usage, "evaluate needs either --model or both --A and --S");
  }
  if (by_files && !(stated.has("A") && stated.has("S"))) {
    throw Error(ErrorKind::usage, "evaluate needs both --A and --S");
  }
  if (by_files) return settle_entries(options.entries, 1, false, options.matrix);
  const Model model = read_model(world, options.model);
  options.A = model.A_file;
  options.S = model.S_file;
  options.of_run = model;
  return settle_entries(options.entries, model.unstored, model.nan_is_missing, options.matrix);
}

/// Errors at the entries that a file stores, in the unit of X.
struct StoredErrors {
  double count = 0;
  double squares = 0;
  double sizes = 0;

  void sum_over(const Communicator& world) {
    for (double* value : {&count, &squares, &sizes}) *value = partita::sum_over(world, *value);
  }
};

/// Those of this process's block.
StoredErrors stored_errors(const Block<double>& X, const TallMatrix<double>& A,
                           const TallMatrix<double>& S) {
  StoredErrors errors;
  X.entries()->visit({0, X.rows()}, [&](std::span<const LocalEntry<double>> entries) {
    for (const auto& entry : entries) {
      const double* a = A.row(entry.row);
      const double error =
          entry.value - std::inner_product(a, a + A.width(), S.row(entry.column), 0.0);
      errors.count += 1;
      errors.squares += error * error;
      errors.sizes += std::abs(error);
    }
  });
  return errors;
}

/// Sums over what counts, in the unit of X.
struct CountedErrors {
  double residual = 0;
  double norm = 0;
  double entries = 0;  ///< that count
  double weight = 0;   ///< of all of them
};

/// Every entry counts once. Collective over `world`.
CountedErrors errors_over_all(const Communicator& world, const Block<double>& X,
                              const MatrixShape& shape, const TallMatrix<double>& A,
                              const TallMatrix<double>& S) {
  double mine = 0;
  together(world, [&] { mine = X.residual_squared(whole(A), whole(S)); });
  const double entries = static_cast<double>(shape.rows) * static_cast<double>(shape.columns);
  return {sum_over(world, mine), sum_over(world, X.squared_norm()), entries, entries};
}

/// Entries count by their weights. Collective over `world`.
/// @param weights  of stored entries, or nullptr; @param unstored  of the others.
CountedErrors errors_by_weight(const Communicator& world, const Block<double>& X,
                               const Block<double>* weights, double unstored,
                               const TallMatrix<double>& A, const TallMatrix<double>& S) {
  CountedErrors errors;
  together(world, [&] {
    const EntryRows<double> rows = entries_of(X, weights);
    const EntryPanel<double> panel{rows, {0, X.rows()}, unstored};
    errors.residual = entry_loss<double>(whole(A), panel, whole(S), gram_of(whole(S)));
    auto others = static_cast<double>(X.rows()) * static_cast<double>(X.columns());
    for (Index i = 0; i < rows.rows(); ++i) {
      const EntryRow<double> row = row_of(rows, i);
      others -= static_cast<double>(row.size());
      for (std::size_t e = 0; e < row.size(); ++e) {
        errors.norm += row.weight(e) * row.values[e] * row.values[e];
        errors.weight += row.weight(e);
        errors.entries += row.weight(e) > 0 ? 1 : 0;
      }
    }
    errors.weight += unstored * others;
    errors.entries += unstored > 0 ? others : 0;
  });
  for (double* sum : {&errors.residual, &errors.norm, &errors.entries, &errors.weight}) {
    *sum = sum_over(world, *sum);
  }
  return errors;
}

int run_evaluate(const Communicator& world, const std::vector<std::string>& arguments) {
  EvaluateOptions options;
  const CommandSyntax syntax = evaluate_syntax(options);
  const auto stated = parse_or_help(world, syntax, arguments);
  if (!stated) return kDone;
  options.matrix.read.values = ValueRule::finite;
  const EntryCounting counting = find_factors(world, *stated, options);
  options.matrix.read.zeros = StatedZeros::observed;
  const auto source = open_input(world, options.matrix, options.quiet);
  const ModelFactors factors{open_factor(world, options.A, Side::A),
                             open_factor(world, options.S, Side::S)};
  tell_warnings(world, options.A, *factors.A, options.quiet);
  tell_warnings(world, options.S, *factors.S, options.quiet);
  const MatrixShape& shape = source->shape();
  check_shapes(options, shape, factors.A->shape(), factors.S->shape());
  const Model model = options.of_run.value_or(Model{});
  const Index width = prediction_width(model, factors);

  const JobPlan plan = one_grid(world, shape, width);
  const MatrixLayout layout(shape.rows, shape.columns, plan.grid);
  const auto X = read_block<double>(world, *source, plan, layout, width, HeldUnit::that_suits);
  const auto read = [&](Side side, Range mine) {
    return read_prediction_factor(world, model, factors, side, mine);
  };
  TallMatrix<double> A = read(Side::A, layout.block_rows(world.rank()));
  TallMatrix<double> S = read(Side::S, layout.block_columns(world.rank()));
  bring_to_unit(world, X->unit(), A, S);

  StoredErrors stored;
  together(world, [&] { stored = stored_errors(*X, A, S); });
  stored.sum_over(world);
  std::unique_ptr<Block<double>> weights;
  if (counting.weights.weighted()) {
    const auto weights_source = open_weights(world, counting.weights, shape);
    weights = read_block<double>(world, *weights_source, plan, layout);
  }
  const CountedErrors errors =
      counting.all_alike() ? errors_over_all(world, *X, shape, A, S)
                           : errors_by_weight(world, *X, weights.get(), counting.unstored, A, S);
  if (errors.norm == 0) {
    throw Error(ErrorKind::bad_data,
                options.matrix.file + (counting.all_alike()
                                           ? ": all entries are zero"
                                           : ": all entries are zero, missing or of weight 0"));
  }
  const auto in_unit = [&](double value) { return shortest(std::ldexp(value, 2 * X->unit())); };
  print_on_root(world, "relative_error=" + shortest(std::sqrt(errors.residual / errors.norm)) +
                           " rmse=" + in_unit(std::sqrt(errors.residual / errors.weight)) +
                           " entries=" + std::to_string(static_cast<Index>(errors.entries)) +
                           " stored_rmse=" + in_unit(std::sqrt(stored.squares / stored.count)) +
                           " stored_mae=" + in_unit(stored.sizes / stored.count) +
                           " stored=" + shortest(stored.count) + "\n");
  return kDone;
}

}  // namespace

Command evaluate_command() {
  return {"evaluate", "relative error of given factors on a matrix",
          [] { return described(evaluate_syntax); }, run_evaluate};
}

}  // namespace partita::app
