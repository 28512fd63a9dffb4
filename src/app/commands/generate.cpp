#include "partita/base/error.hpp"
#include "partita/io/formats/matrix_format.hpp"
#include "partita/layout/block_distribution.hpp"

#include <memory>

#include "comm/agreement.hpp"
#include "commands/command.hpp"
#include "data/generators.hpp"
#include "exit_codes.hpp"
#include "job/node_memory.hpp"
#include "new_file.hpp"
#include "options.hpp"
#include "options/rows.hpp"
#include "parse_or_help.hpp"
#include "shared_text.hpp"

namespace partita::app {

namespace {

enum class Kind { factory, lowrank, sparse };
const Choices<Kind> kKinds = {
    {"factory", Kind::factory}, {"lowrank", Kind::lowrank}, {"sparse", Kind::sparse}};

struct GenerateOptions {
  Kind kind = Kind::factory;
  NewFile output;
  Index rows = 1000;
  Index columns = 500;
  Index components = 8;
  double noise = 0.1;
  double density = 1;
  std::uint64_t seed = 0;
};

constexpr double kSparseDensity = 0.02;

double parse_density(const std::string& option, const std::string& text) {
  const double density = parse_number(option, text, 0);
  if (density == 0 || density > 1) {
    throw Error(ErrorKind::usage, option + ": '" + text + "' is not above 0 and at most 1");
  }
  return density;
}

std::vector<Option> matrix_rows(GenerateOptions& options) {
  Option components = count_option("components", "K", options.components, 1,
                                   "components (lowrank) or topics (sparse)");
  components.letter = 'k';
  return {count_option("rows", "N", options.rows, 1, "(lowrank, sparse)"),
          count_option("columns", "M", options.columns, 1, "(lowrank, sparse)"),
          components,
          number_option(
              "noise", "SHARE", options.noise, 0,
              "standard deviation of the noise, as a share of the root mean square (lowrank)"),
          {"density", 0, "SHARE", "1; 0.02 for sparse",
           "share of the entries that are kept (lowrank, sparse)",
           into(options.density, parse_density)},
          {"seed", 0, "N", "0", "of all random numbers", into(options.seed, parse_seed)}};
}

CommandSyntax generate_syntax(GenerateOptions& options) {
  return {.command = "generate",
          .usage = "partita generate factory|lowrank|sparse --output FILE [options]",
          .summary =
              "Writes a matrix of known structure, the same file on any number of processes:\n"
              "  factory  12 hours x 10 days of three production lines, exact rank 3\n"
              "  lowrank  product of random non-negative factors, plus noise, negatives set to 0\n"
              "  sparse   power-law rows and columns with topics, as of documents and words",
          .operands = {"factory|lowrank|sparse"},
          .take_operand =
              [&options](std::size_t /*position*/, const std::string& text) {
                options.kind = parse_choice("generate", text, kKinds);
              },
          .groups = {{"Matrix", matrix_rows(options)}, new_file_options(options.output)}};
}

void check_applies(const GenerateOptions& options, const StatedOptions& stated) {
  const auto refuse = [&](const std::string& name) {
    if (!stated.has(name)) return;
    throw Error(ErrorKind::usage, "--" + name + " does not apply to 'generate " +
                                      name_in(kKinds, options.kind) + "'");
  };
  if (options.kind != Kind::lowrank) refuse("noise");
  if (options.kind != Kind::factory) return;
  for (const char* name : {"rows", "columns", "components", "density"}) refuse(name);
}

/// Positions beyond have no random numbers of their own.
constexpr Index kMostLines = Index{1} << 47;

/// Refuses what cannot be made, before any memory is set aside. Collective over `world`.
void check_sizes(const Communicator& world, const GenerateOptions& options) {
  const auto refuse_above = [](const char* name, Index value) {
    if (value <= kMostLines) return;
    throw Error(ErrorKind::usage, "--" + std::string(name) + " " + std::to_string(value) +
                                      " is too large: at most " + std::to_string(kMostLines));
  };
  refuse_above("rows", options.rows);
  refuse_above("columns", options.columns);
  refuse_above("components", options.components);
  const auto columns = static_cast<double>(options.columns);
  const auto components = static_cast<double>(options.components);
  // All of S, or an order of the columns for each topic; and a row in several forms.
  const double model = 8 * components * (options.kind == Kind::lowrank ? columns + 1 : 2);
  const double row =
      64 * (options.kind == Kind::lowrank && options.density == 1 ? columns
                                                                  : 1 + options.density * columns);
  check_memory(model + row, measure_memory(world, MemorySources::here()),
               "use fewer --columns or --components");
}

std::unique_ptr<RowGenerator> make_generator(const GenerateOptions& options) {
  switch (options.kind) {
    case Kind::factory:
      return make_factory(options.seed);
    case Kind::lowrank:
      return make_low_rank({.rows = options.rows,
                            .columns = options.columns,
                            .components = options.components,
                            .noise = options.noise,
                            .density = options.density,
                            .seed = options.seed});
    case Kind::sparse:
      return make_power_law({.rows = options.rows,
                             .columns = options.columns,
                             .topics = options.components,
                             .density = options.density,
                             .seed = options.seed});
  }
  throw Error(ErrorKind::internal, "unknown kind of matrix");
}

MatrixRows as_rows(const RowGenerator& generator) {
  MatrixRows matrix;
  matrix.rows = generator.rows();
  matrix.columns = generator.columns();
  if (generator.is_sparse()) {
    matrix.list = [&generator](Range rows, std::vector<MatrixEntry>& entries) {
      std::vector<ColumnValue> row;
      for (Index i = rows.begin; i < rows.end; ++i) {
        generator.make_row(i, row);
        for (const ColumnValue& entry : row) {
          if (entry.value != 0) entries.push_back({{i}, {entry.column}, entry.value});
        }
      }
    };
  } else {
    matrix.fill = [&generator](Range rows, std::span<double> values) {
      std::vector<ColumnValue> row;
      for (Index i = rows.begin; i < rows.end; ++i) {
        generator.make_row(i, row);
        const Index start = (i - rows.begin) * generator.columns();
        for (const ColumnValue& entry : row) {
          values[static_cast<std::size_t>(start + entry.column)] = entry.value;
        }
      }
    };
  }
  return matrix;
}

int run_generate(const Communicator& world, const std::vector<std::string>& arguments) {
  GenerateOptions options;
  const CommandSyntax syntax = generate_syntax(options);
  const auto stated = parse_or_help(world, syntax, arguments);
  if (!stated) return kDone;
  check_applies(options, *stated);
  if (options.kind == Kind::sparse && !stated->has("density")) options.density = kSparseDensity;
  if (options.kind != Kind::factory) check_sizes(world, options);
  check_new_file(world, "generate", options.output);
  std::unique_ptr<RowGenerator> generator;
  together(world, [&] { generator = make_generator(options); });
  const BlockDistribution distribution(generator->rows(), world.size());
  write_matrix(world, options.output.path, distribution.range(world.rank()), as_rows(*generator),
               options.output.format);
  return kDone;
}

}  // namespace

Command generate_command() {
  return {"generate", "write a matrix of known structure",
          [] { return described(generate_syntax); }, run_generate};
}

}  // namespace partita::app
