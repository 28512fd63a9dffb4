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

}  // namespace

CommandSyntax transform_syntax(TransformOptions& options) {
  OptionGroup output = new_file_options(options.output, "output-");
  output.options[0].help = "the new factor, A for rows and S for columns (required)";
  output.options[1].help = listed_factor_formats();
  OptionGroup matrix = file_options(options.matrix);
  matrix.options = joined(std::move(matrix.options), entry_choice_options(options.entries));
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
  NewFactorRules rules{.penalty = model.penalty(options.side()),
                       .mean = model.mean.value_or(0),
                       .nonnegative = model.nonnegative};
  rules.penalty.plain.l1 = options.l1.value_or(rules.penalty.plain.l1);
  (model.prior > 0 ? rules.penalty.pull : rules.penalty.plain.l2) =
      options.l2.value_or(model.prior > 0 ? rules.penalty.pull : rules.penalty.plain.l2);
  if (rules.penalty.plain.l1 != 0 && !model.nonnegative) {
    throw Error(ErrorKind::usage, "--l1 needs non-negative factors, those of " + model.folder +
                                      " are without constraint");
  }
  options.counting =
      settle_entries(options.entries, model.unstored, model.nan_is_missing, options.matrix);
  rules.unstored = options.counting.unstored;
  if (model.mean && rules.unstored != 0) {
    throw Error(ErrorKind::usage,
                model.folder + " has biases, which are of known entries alone: --unstored missing");
  }
  rules.matrix = options.matrix.file;
  return rules;
}

}  // namespace partita::app
