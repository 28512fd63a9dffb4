#include "partita/io/formats/matrix_format.hpp"
#include "partita/layout/job_plan.hpp"

#include <cmath>

#include "comm/collectives.hpp"
#include "comm/process_grid.hpp"
#include "commands/command.hpp"
#include "exit_codes.hpp"
#include "io/matrix_facts.hpp"
#include "io/read_block.hpp"
#include "job/node_memory.hpp"
#include "matrix_options.hpp"
#include "one_grid.hpp"
#include "options.hpp"
#include "parse_or_help.hpp"
#include "shared_text.hpp"

namespace partita::app {

namespace {

struct InfoOptions {
  MatrixInput matrix;
  bool quiet = false;
};

CommandSyntax info_syntax(InfoOptions& options) {
  return {.command = "info",
          .usage = "partita info [options] FILE",
          .summary =
              "Tells the shape, the range and the problems of a matrix, one 'key: value' a line.",
          .operands = {"FILE"},
          .take_operand = file_operand(options.matrix),
          .groups = {matrix_options(options.matrix), message_options(options.quiet)}};
}

std::string count_of(Index count, const char* what) {
  return count == 0 ? "" : std::to_string(count) + " " + what + ", ";
}

/// What would keep `fit` from taking the matrix.
std::string problems(const MatrixFacts& facts) {
  std::string text = count_of(facts.negative, "negative") + count_of(facts.nan, "NaN") +
                     count_of(facts.infinite, "infinite");
  if (facts.nonzeros == 0) text += "all zero, ";
  if (text.empty()) return "none";
  return text.substr(0, text.size() - 2);
}

std::string describe(const MatrixSource& source, const MatrixFacts& facts,
                     std::string_view format) {
  const MatrixShape& shape = source.shape();
  const double entries = static_cast<double>(shape.rows) * static_cast<double>(shape.columns);
  const auto line = [](const char* key, const std::string& value) {
    return std::string(key) + ": " + value + "\n";
  };
  const auto number = [](double value) {
    return std::isnan(value) ? std::string("none") : shortest(value);
  };
  std::string text =
      line("rows", std::to_string(shape.rows)) + line("columns", std::to_string(shape.columns)) +
      line("format", std::string(format)) + line("storage", shape.sparse ? "sparse" : "dense") +
      line("stored", std::to_string(facts.stored)) +
      line("nonzeros", std::to_string(facts.nonzeros)) +
      line("density", shortest(static_cast<double>(facts.nonzeros) / entries)) +
      line("min", number(facts.smallest)) + line("max", number(facts.largest)) +
      line("mean", number(facts.mean)) + line("empty_rows", std::to_string(facts.empty_rows)) +
      line("empty_columns", std::to_string(facts.empty_columns));
  if (shape.sparse) text += line("duplicates", std::to_string(source.entries() - facts.stored));
  for (const auto& [name, value] : source.reading().facts) text += line(name.c_str(), value);
  return text + line("problems", problems(facts));
}

int run_info(const Communicator& world, const std::vector<std::string>& arguments) {
  InfoOptions options;
  const CommandSyntax syntax = info_syntax(options);
  if (!parse_or_help(world, syntax, arguments)) return kDone;
  MatrixInput& input = options.matrix;
  input.read.values = ValueRule::any;
  auto source = open_input(world, input, options.quiet);
  if (source->shape().sparse) {  // zeros that it states are stored too
    input.read.zeros = StatedZeros::observed;
    source = open_input(world, input, /*quiet=*/true);
  }
  const MatrixShape& shape = source->shape();
  const JobPlan plan = one_grid(world, shape, 0);
  const MatrixLayout layout(shape.rows, shape.columns, plan.grid);
  const auto block = read_block<double>(world, *source, plan, layout, 1);
  const ProcessGrid grid(world, plan.grid);
  const MatrixFacts facts = matrix_facts(grid, shape.rows, shape.columns, *block);
  print_on_root(world,
                describe(*source, facts, find_input_format(world, input.file, input.format).name));
  return kDone;
}

}  // namespace

Command info_command() {
  return {"info", "shape, range and problems of a matrix", [] { return described(info_syntax); },
          run_info};
}

}  // namespace partita::app
