#include "partita/base/error.hpp"
#include "partita/io/formats/matrix_format.hpp"

#include <memory>

#include "commands/command.hpp"
#include "data/blocks/block.hpp"
#include "exit_codes.hpp"
#include "io/read_block.hpp"
#include "matrix_options.hpp"
#include "new_file.hpp"
#include "one_grid.hpp"
#include "options.hpp"
#include "parse_or_help.hpp"

namespace partita::app {

namespace {

struct ConvertOptions {
  MatrixInput matrix;
  NewFile output;
  bool quiet = false;
};

CommandSyntax convert_syntax(ConvertOptions& options) {
  return {
      .command = "convert",
      .usage = "partita convert FILE --output FILE [options]",
      .summary =
          "Writes a matrix in another format, the same file on any number of processes. Values\n"
          "stay as they are, negative and NaN too; entries at the same place of a sparse file\n"
          "are added up, and zeros that it states stay stated; those of a table are not stored\n"
          "in a sparse file. Names of rows and columns go along to formats that hold them\n"
          "(csv, tsv, hdf5, h5ad) and, as X.rows.txt and X.columns.txt, beside X.mtx.",
      .operands = {"FILE"},
      .take_operand = file_operand(options.matrix),
      .groups = {matrix_options(options.matrix), new_file_options(options.output, "output-"),
                 message_options(options.quiet)}};
}

/// The rows of this process's block, as they are to be written; borrows the block.
MatrixRows as_rows(const Block<double>& block, const MatrixShape& shape, Range my_rows,
                   const Labels& labels) {
  MatrixRows matrix;
  matrix.rows = shape.rows;
  matrix.columns = shape.columns;
  matrix.labels = labels;
  const BlockEntries<double>& stored = *block.entries();
  if (block.is_sparse()) {
    matrix.list = [&stored, my_rows](Range rows, std::vector<MatrixEntry>& entries) {
      RowEntries<double> gathered;
      stored.gather({rows.begin - my_rows.begin, rows.end - my_rows.begin}, gathered);
      for (Index i = rows.begin; i < rows.end; ++i) {
        const auto r = static_cast<std::size_t>(i - rows.begin);
        for (Index at = gathered.begin[r]; at < gathered.begin[r + 1]; ++at) {
          const auto e = static_cast<std::size_t>(at);
          entries.push_back({{i}, {gathered.columns[e]}, gathered.values[e]});
        }
      }
    };
  } else {
    matrix.fill = [&block, &stored, my_rows](Range rows, std::span<double> values) {
      const auto width = static_cast<std::size_t>(block.columns());
      for (Index i = rows.begin; i < rows.end; ++i) {
        stored.copy_row(i - my_rows.begin,
                        values.subspan(static_cast<std::size_t>(i - rows.begin) * width, width));
      }
    };
  }
  return matrix;
}

int run_convert(const Communicator& world, const std::vector<std::string>& arguments) {
  ConvertOptions options;
  const CommandSyntax syntax = convert_syntax(options);
  if (!parse_or_help(world, syntax, arguments)) return kDone;
  check_new_file(world, "convert", options.output);
  options.matrix.read.values = ValueRule::any;
  options.matrix.read.zeros = StatedZeros::observed;
  const auto source = open_input(world, options.matrix, options.quiet);
  const MatrixShape& shape = source->shape();
  // Whole rows, as files are written row by row.
  const JobPlan plan = one_grid(world, shape, 0, GridShape{world.size(), 1});
  const MatrixLayout layout(shape.rows, shape.columns, plan.grid);
  const auto block = read_block<double>(world, *source, plan, layout);
  const Range my_rows = layout.block_rows(world.rank());
  write_matrix(world, options.output.path, my_rows,
               as_rows(*block, shape, my_rows, source->labels()), options.output.format);
  return kDone;
}

}  // namespace

Command convert_command() {
  return {"convert", "write a matrix in another format", [] { return described(convert_syntax); },
          run_convert};
}

}  // namespace partita::app
