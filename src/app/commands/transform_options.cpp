#include "transform_options.hpp"

#include "partita/base/error.hpp"
#include "partita/io/formats/factor_files.hpp"
#include "partita/io/formats/matrix_format.hpp"

#include <utility>
#include <vector>

#include "options/format_words.hpp"
#include "options/rows.hpp"

namespace partita::app {

namespace {

const Choices<bool> kNanMeanings = {{"error", false}, {"missing", true}};
const Choices<Absent> kAbsent = {{"zero", Absent::zero}, {"missing", Absent::missing}};

Option penalty_option(const std::string& name, std::optional<double>& place,
                      const std::string& help) {
  return {name,
          0,
          "L",
          "that of the run",
          help,
          into(place, [](const std::string& option, const std::string& text) {
            return parse_number(option, text, 0);
          })};
}

/// A weight in 0 .. 1, or its word.
double parse_unstored(const std::string& option, const std::string& text) {
  if (text == "zero") return 1;
  if (text == "missing") return 0;
  const double weight = parse_number(option, text, 0);
  if (weight <= 1) return weight;
  throw Error(ErrorKind::usage, option + ": '" + text + "' is more than 1");
}

/// What counts, as for fit.
std::vector<Option> entry_options(TransformOptions& options) {
  return {{"unstored", 0, "zero|missing|W", "as in the run",
           "what a sparse file does not store: zeros, nothing known, or zeros of that weight",
           into(options.unstored, parse_unstored)},
          {"nan", 0, "error|missing", "as in the run",
           "what NaN means (with missing, nothing that is not stored is known)",
           [&place = options.nan_is_missing](const std::string& option, const std::string& text) {
             place = parse_choice(option, text, kNanMeanings);
           }}};
}

}  // namespace

CommandSyntax transform_syntax(TransformOptions& options) {
  OptionGroup output = new_file_options(options.output, "output-");
  output.options[0].help = "the new factor, A for rows and S for columns (required)";
  output.options[1].help = built_factor_formats();
  OptionGroup matrix = file_options(options.matrix);
  matrix.options = joined(std::move(matrix.options), entry_options(options));
  return {
      .command = "transform",
      .usage = "partita transform --model DIR FILE --output FILE [options]",
      .summary =
          "Explains new rows of a matrix by the fixed S of a finished run, or new columns by its\n"
          "fixed A: exact least squares with the run's constraint and penalties.",
      .operands = {"FILE"},
      .take_operand = file_operand(options.matrix),
      .groups = {
          {"Model",
           {{"model", 0, "DIR", "", "folder of a finished run (required)", into(options.model)},
            switch_option("rows", options.rows,
                          "FILE has new rows, with the columns of the model (default)"),
            switch_option("columns", options.columns,
                          "FILE has new columns, with the rows of the model"),
            choice_option("absent", options.absent, kAbsent,
                          "what counts for those whose names FILE lacks"),
            penalty_option("l1", options.l1, "penalty L * sum of the entries of the new factor"),
            penalty_option("l2", options.l2,
                           "penalty L/2 * sum of the squares of the new factor")}},
          matrix,
          output,
          message_options(options.quiet)}};
}

void check_options(const Communicator& world, const TransformOptions& options) {
  if (options.model.empty()) throw Error(ErrorKind::usage, "transform needs --model DIR");
  if (options.rows && options.columns) {
    throw Error(ErrorKind::usage, "--rows and --columns exclude each other");
  }
  check_new_file(world, "transform", options.output);
  const NewFile& output = options.output;
  static_cast<void>(factor_format(find_output_format(output.path, output.format).name, false));
}

NewFactorRules rules_of(TransformOptions& options, const Model& model) {
  NewFactorRules rules{model.penalty(options.side()), model.nonnegative,
                       options.unstored.value_or(model.unstored)};
  rules.penalty.l1 = options.l1.value_or(rules.penalty.l1);
  rules.penalty.l2 = options.l2.value_or(rules.penalty.l2);
  if (rules.penalty.l1 != 0 && !model.nonnegative) {
    throw Error(ErrorKind::usage, "--l1 needs non-negative factors, those of " + model.folder +
                                      " are without constraint");
  }
  options.matrix.nan_is_missing = options.nan_is_missing.value_or(model.nan_is_missing);
  if (options.matrix.nan_is_missing) {
    if (options.unstored.value_or(0) != 0) {
      throw Error(ErrorKind::usage,
                  "--nan missing goes with --unstored missing: what is not a number is not stored");
    }
    rules.unstored = 0;
    options.matrix.read.values = ValueRule::nonnegative_or_nan;
  }
  if (rules.unstored != 1) options.matrix.read.zeros = StatedZeros::observed;
  return rules;
}

}  // namespace partita::app
