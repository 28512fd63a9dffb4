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
#include "exit_codes.hpp"
#include "io/read_block.hpp"
#include "matrix_options.hpp"
#include "model.hpp"
#include "one_grid.hpp"
#include "options.hpp"
#include "parse_or_help.hpp"
#include "shared_text.hpp"

namespace partita::app {

namespace {

struct EvaluateOptions {
  MatrixInput matrix;
  std::string model;
  std::string A;
  std::string S;
  bool quiet = false;
};

CommandSyntax evaluate_syntax(EvaluateOptions& options) {
  return {.command = "evaluate",
          .usage = "partita evaluate MATRIX --model DIR|--A FILE --S FILE",
          .summary =
              "Prints the relative error ||X - A S|| / ||X|| of given factors, term by term in\n"
              "double, and the root mean square of X - A S over all entries; that and the mean of\n"
              "|X - A S| also over the entries that the file stores.",
          .operands = {"MATRIX"},
          .take_operand = file_operand(options.matrix),
          .groups = {matrix_options(options.matrix),
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

/// The files of the factors. Collective over `world`. @throws Error.
void find_factors(const Communicator& world, const StatedOptions& stated,
                  EvaluateOptions& options) {
  const bool by_files = stated.has("A") || stated.has("S");
  if (stated.has("model") == by_files) {
    throw Error(ErrorKind::usage, "evaluate needs either --model or both --A and --S");
  }
  if (by_files && !(stated.has("A") && stated.has("S"))) {
    throw Error(ErrorKind::usage, "evaluate needs both --A and --S");
  }
  if (by_files) return;
  const Model model = read_model(world, options.model);
  options.A = model.A_file;
  options.S = model.S_file;
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

int run_evaluate(const Communicator& world, const std::vector<std::string>& arguments) {
  EvaluateOptions options;
  const CommandSyntax syntax = evaluate_syntax(options);
  const auto stated = parse_or_help(world, syntax, arguments);
  if (!stated) return kDone;
  find_factors(world, *stated, options);
  options.matrix.read.values = ValueRule::finite;
  options.matrix.read.zeros = StatedZeros::observed;
  const auto source = open_input(world, options.matrix, options.quiet);
  const auto A_source = open_factor(world, options.A, Side::A);
  const auto S_source = open_factor(world, options.S, Side::S);
  tell_warnings(world, options.A, *A_source, options.quiet);
  tell_warnings(world, options.S, *S_source, options.quiet);
  const MatrixShape& shape = source->shape();
  check_shapes(options, shape, A_source->shape(), S_source->shape());

  const JobPlan plan = one_grid(world, shape, A_source->shape().columns);
  const MatrixLayout layout(shape.rows, shape.columns, plan.grid);
  const auto X = read_block<double>(world, *source, plan, layout, A_source->shape().columns,
                                    HeldUnit::that_suits);
  auto A = read_factor(world, *A_source, layout.block_rows(world.rank()));
  auto S = read_factor(world, *S_source, layout.block_columns(world.rank()));
  bring_to_unit(world, X->unit(), A, S);

  double mine = 0;
  StoredErrors stored;
  together(world, [&] {
    mine = X->residual_squared(whole(A), whole(S));
    stored = stored_errors(*X, A, S);
  });
  const double residual = sum_over(world, mine);
  stored.sum_over(world);
  const double norm = sum_over(world, X->squared_norm());
  if (norm == 0) throw Error(ErrorKind::bad_data, options.matrix.file + ": all entries are zero");
  const double entries = static_cast<double>(shape.rows) * static_cast<double>(shape.columns);
  const auto in_unit = [&](double value) { return shortest(std::ldexp(value, 2 * X->unit())); };
  print_on_root(world, "relative_error=" + shortest(std::sqrt(residual / norm)) +
                           " rmse=" + in_unit(std::sqrt(residual / entries)) +
                           " entries=" + std::to_string(shape.rows * shape.columns) +
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
