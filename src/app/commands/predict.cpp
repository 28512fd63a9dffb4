#include "partita/base/error.hpp"
#include "partita/io/formats/factor_files.hpp"
#include "partita/io/formats/matrix_format.hpp"
#include "partita/layout/block_distribution.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "commands/command.hpp"
#include "csv_target.hpp"
#include "exit_codes.hpp"
#include "io/formats/text_output.hpp"
#include "io/text/fields.hpp"
#include "io/text/number_text.hpp"
#include "job/line_names.hpp"
#include "job/node_memory.hpp"
#include "job/predictions.hpp"
#include "job/stored_places.hpp"
#include "matrix_options.hpp"
#include "model.hpp"
#include "new_file.hpp"
#include "options.hpp"
#include "options/rows.hpp"
#include "output_name.hpp"
#include "pair_file.hpp"
#include "parse_or_help.hpp"

namespace partita::app {

namespace {

struct PredictOptions {
  std::string model;
  std::string pairs;
  Index top = 0;
  std::string rows;
  std::string unseen;
  NewFile output{.path = {}, .format = "csv"};
  bool quiet = false;
};

CommandSyntax predict_syntax(PredictOptions& options) {
  return {
      .command = "predict",
      .usage = "partita predict --model DIR --pairs FILE|--top N [options]",
      .summary =
          "Values of A S of a finished run: those at given places, as row,column,value in the\n"
          "order of the file, or the best columns of rows, as row,column,value,rank.",
      .operands = {},
      .take_operand = {},
      .groups = {
          {"Model",
           {{"model", 0, "DIR", "", "folder of a finished run (required)", into(options.model)}}},
          {"Prediction",
           {{"pairs", 0, "FILE", "",
             "table of rows and columns, by name or by number from 0; more columns are ignored",
             into(options.pairs)},
            {"top", 0, "N", "", "the N columns with the largest values in each row",
             into_count(options.top, 1)},
            {"rows", 0, "LIST", "all", "rows for --top, by name or number, with commas between",
             into(options.rows)},
            {"unseen", 0, "FILE", "",
             "matrix whose non-zero entries --top leaves out, such as the one that was factored",
             into(options.unseen)}}},
          {"Output",
           {output_option("FILE", options.output.path, "the table (left out: stdout)"),
            switch_option("overwrite", options.output.overwrite, "replace an existing file")}},
          message_options(options.quiet)}};
}

/// @throws Error (usage) for what is missing or contradictory.
void check_options(const Communicator& world, const PredictOptions& options,
                   const StatedOptions& stated) {
  const auto refuse = [](const std::string& what) { throw Error(ErrorKind::usage, what); };
  if (options.model.empty()) refuse("predict needs --model DIR");
  if (stated.has("pairs") == stated.has("top")) refuse("predict needs either --pairs or --top");
  for (const std::string name : {"rows", "unseen"}) {
    if (stated.has(name) && !stated.has("top")) refuse("--" + name + " goes with --top only");
  }
  if (stated.has("output")) check_new_file(world, "predict", options.output);
}

/// A model with its factors spread over the processes, and the names on process 0.
struct SpreadModel {
  const Communicator& world;
  const PredictOptions& options;
  Model model;
  ModelFactors sources;
  SpreadFactors factors;

  [[nodiscard]] Range my_rows() const {
    return BlockDistribution(factors.rows, world.size()).range(world.rank());
  }
  /// What is said of a place, whatever the product is.
  [[nodiscard]] double prediction(double product) const {
    return model.mean ? std::clamp(product, model.least, model.most) : product;
  }
  /// Whether a line of a factor is as it would be if nothing had been known of it.
  [[nodiscard]] bool is_prior(const double* w, Side side) const {
    const Index k = sources.components();
    const double share =
        side == Side::A ? 1 / static_cast<double>(std::max<Index>(1, model.averaged)) : 1;
    const double expected = model.prior * share;
    constexpr double kRounding = 1e-6;  // of factors in single precision
    const bool components_are = std::all_of(
        w, w + k, [&](double value) { return std::abs(value - expected) <= kRounding * expected; });
    if (!components_are || !model.mean) return components_are;
    return side == Side::A ? w[k] == *model.mean * share : w[k + 1] == 0;
  }
  [[nodiscard]] LineNames row_names() const {
    return {"row", factors.rows, sources.A->labels().rows};
  }
  [[nodiscard]] LineNames column_names() const {
    return {"column", factors.columns, sources.S->labels().rows};
  }
};

/// Before the factors are read. Collective over `world`. @throws Error (usage).
void check_fits(const Communicator& world, const ModelFactors& sources, Index width, bool whole_S) {
  const auto processes = static_cast<double>(world.size());
  const auto share = static_cast<double>(sources.rows()) / processes;
  // S and its transpose, or a share of it
  const double of_S = static_cast<double>(sources.columns()) * (whole_S ? 2 : 1 / processes);
  const double bytes =
      static_cast<double>(width) * (share + of_S) * static_cast<double>(sizeof(double));
  check_memory(bytes, measure_memory(world, MemorySources::here()), "use more nodes");
}

/// @param whole_S  whether every process holds all of S. Collective over `world`.
SpreadModel spread(const Communicator& world, const PredictOptions& options, bool whole_S) {
  const Model model = read_model(world, options.model);
  SpreadModel spread{world, options, model, open_factors(world, model), {}};
  const Index rows = spread.sources.rows();
  const Index columns = spread.sources.columns();
  check_fits(world, spread.sources, prediction_width(model, spread.sources), whole_S);
  const auto mine = [&](Index count) {
    return BlockDistribution(count, world.size()).range(world.rank());
  };
  spread.factors = {read_prediction_factor(world, model, spread.sources, Side::A, mine(rows)),
                    read_prediction_factor(world, model, spread.sources, Side::S,
                                           whole_S ? Range{0, columns} : mine(columns)),
                    rows, columns};
  return spread;
}

/// A line of row,column,value.
void append_place(std::string& text, const std::string& row, const std::string& column,
                  double value) {
  append_field(text, row, ',');
  text += ',';
  append_field(text, column, ',');
  text += ',';
  append_number(text, value);
}

/// How many of the places are of rows or columns of which nothing was known. Collective over the
/// world of `model`.
Index without_knowledge(const SpreadModel& model, std::span<const MatrixPlace> places) {
  const Range my_columns =
      BlockDistribution(model.factors.columns, model.world.size()).range(model.world.rank());
  std::vector<Index> found(places.size(), 0);
  for (std::size_t p = 0; p < places.size(); ++p) {
    const auto [row, column] = places[p];
    const Range my_rows = model.my_rows();
    const bool row_is =
        my_rows.contains(row) && model.is_prior(model.factors.A.row(row - my_rows.begin), Side::A);
    const bool column_is = my_columns.contains(column) &&
                           model.is_prior(model.factors.S.row(column - my_columns.begin), Side::S);
    found[p] = row_is || column_is ? 1 : 0;
  }
  sum_over(model.world, std::span<Index>(found));
  return std::ranges::count_if(found, [](Index by) { return by > 0; });
}

void tell_without_knowledge(const SpreadModel& model, Index count, std::size_t places) {
  if (count == 0 || model.options.quiet || !model.world.is_root()) return;
  std::fprintf(stderr,
               "partita: nothing was known of the row or the column of %lld of %zu places: their "
               "values are those of the other alone\n",
               static_cast<long long>(count), places);
}

void predict_pairs(const SpreadModel& model, CsvTarget& target) {
  constexpr std::size_t kAtOnce = std::size_t{1} << 14;
  const Communicator& world = model.world;
  const LineNames rows = model.row_names();
  const LineNames columns = model.column_names();
  std::vector<WrittenPair> pairs;
  together(world, [&] {
    if (world.is_root()) pairs = read_pairs(model.options.pairs, rows, columns);
  });
  const auto count = static_cast<std::size_t>(max_over(world, static_cast<Index>(pairs.size())));
  Index unknown = 0;
  target.write("row,column,value\n");
  for (std::size_t begin = 0; begin < count; begin += kAtOnce) {
    std::vector<MatrixPlace> places(std::min(kAtOnce, count - begin));
    std::vector<Index> numbers(2 * places.size());
    for (std::size_t p = 0; world.is_root() && p < places.size(); ++p) {
      numbers[2 * p] = pairs[begin + p].place.row;
      numbers[2 * p + 1] = pairs[begin + p].place.column;
    }
    broadcast(world, std::span<Index>(numbers), 0);
    for (std::size_t p = 0; p < places.size(); ++p)
      places[p] = {numbers[2 * p], numbers[2 * p + 1]};
    const std::vector<double> values = values_at(world, model.factors, places);
    if (model.model.unstored != 1) unknown += without_knowledge(model, places);
    std::string text;
    for (std::size_t p = 0; world.is_root() && p < places.size(); ++p) {
      const auto& [place, row_by_name, column_by_name] = pairs[begin + p];
      append_place(text, row_by_name ? rows.text_of(place.row) : std::to_string(place.row),
                   column_by_name ? columns.text_of(place.column) : std::to_string(place.column),
                   model.prediction(values[p]));
      text += '\n';
    }
    target.write(text);
  }
  tell_without_knowledge(model, unknown, count);
}

/// The rows of --rows in ascending order, each once; all of them where it is left out. The same on
/// every process. Collective over the world of `model`.
std::vector<Index> chosen_rows(const SpreadModel& model) {
  const Communicator& world = model.world;
  std::vector<Index> rows;
  together(world, [&] {
    if (model.options.rows.empty() || !world.is_root()) return;
    const LineNames names = model.row_names();
    try {
      for (const std::string& text : split_fields("--rows", 1, model.options.rows, {})) {
        rows.push_back(names.find(text).line);
      }
    } catch (const Error& error) {
      throw Error(ErrorKind::usage, std::string("--rows: ") + error.what());
    }
    std::ranges::sort(rows);
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  });
  if (model.options.rows.empty()) {
    for (Index row = 0; row < model.factors.rows; ++row) rows.push_back(row);
    return rows;
  }
  rows.resize(static_cast<std::size_t>(max_over(world, static_cast<Index>(rows.size()))));
  broadcast(world, std::span<Index>(rows), 0);
  return rows;
}

/// For every line of a file which one of the model it is, or -1. Collective over the world of
/// `model`. @throws Error (bad_data) when the two have no line in common.
std::vector<Index> lines_in_model(const SpreadModel& model, const std::vector<std::string>& names,
                                  const std::vector<std::string>& model_names, Index count,
                                  bool by_name, const std::string& kind) {
  NameMatch match;
  together(model.world, [&] {
    if (!by_name || !model.world.is_root()) return;
    match = match_names(names, model_names, kind, model.options.unseen, model.options.model);
  });
  broadcast(model.world, match);
  std::vector<Index> lines(static_cast<std::size_t>(count), by_name ? -1 : 0);
  if (!by_name) {
    for (std::size_t i = 0; i < lines.size(); ++i) lines[i] = static_cast<Index>(i);
  }
  for (std::size_t i = 0; i < match.of_file.size(); ++i) {
    lines[static_cast<std::size_t>(match.of_file[i])] = match.of_model[i];
  }
  return lines;
}

/// Places of my rows that --unseen leaves out, sorted. Collective over the world of `model`.
std::vector<MatrixPlace> seen_places(const SpreadModel& model) {
  const std::string& file = model.options.unseen;
  if (file.empty()) return {};
  const MatrixInput input{.file = file, .format = {}, .read = {.values = ValueRule::finite}};
  const auto source = open_input(model.world, input, model.options.quiet);
  const MatrixShape& shape = source->shape();
  const bool rows_named = shape.has_row_labels && model.sources.A->shape().has_row_labels;
  const bool columns_named = shape.has_column_labels && model.sources.S->shape().has_row_labels;
  if ((!rows_named && shape.rows != model.factors.rows) ||
      (!columns_named && shape.columns != model.factors.columns)) {
    const auto text = [](Index rows, Index columns) {
      return std::to_string(rows) + " x " + std::to_string(columns);
    };
    throw Error(ErrorKind::bad_data, file + " is " + text(shape.rows, shape.columns) +
                                         ", the model " + model.options.model +
                                         " is of a matrix of " +
                                         text(model.factors.rows, model.factors.columns));
  }
  std::vector<MatrixPlace> places = read_stored_places(model.world, *source);
  const Labels& labels = source->labels();
  const auto rows = lines_in_model(model, labels.rows, model.sources.A->labels().rows, shape.rows,
                                   rows_named, "row");
  const auto columns = lines_in_model(model, labels.columns, model.sources.S->labels().rows,
                                      shape.columns, columns_named, "column");
  for (MatrixPlace& place : places) {
    place = {rows[static_cast<std::size_t>(place.row)],
             columns[static_cast<std::size_t>(place.column)]};
  }
  std::erase_if(places, [](const MatrixPlace& p) { return p.row < 0 || p.column < 0; });
  return sent_to_owners(model.world, places, model.factors.rows);
}

void predict_best(const SpreadModel& model, CsvTarget& target) {
  const Communicator& world = model.world;
  const Range mine = model.my_rows();
  const std::vector<Index> rows = chosen_rows(model);
  const std::vector<MatrixPlace> seen = seen_places(model);
  const auto row_names = scatter_labels(world, model.sources.A->labels().rows, mine);
  std::vector<std::string> names = model.sources.S->labels().rows;
  broadcast_labels(world, names);
  std::string text;
  together(world, [&] {
    const LineNames columns("column", model.factors.columns, std::move(names));
    BestColumns best(model.factors.S, model.options.top);
    for (const Index row : rows) {
      if (!mine.contains(row)) continue;
      const Index local = row - mine.begin;
      const std::string name =
          row_names.empty() ? std::to_string(row) : row_names[static_cast<std::size_t>(local)];
      Index rank = 0;
      for (const auto& [column, value] : best.of(model.factors.A.row(local), [&](Index j) {
             return std::ranges::binary_search(seen, MatrixPlace{row, j});
           })) {
        append_place(text, name, columns.text_of(column), model.prediction(value));
        text += ',' + std::to_string(++rank) + '\n';
      }
    }
  });
  target.write("row,column,value,rank\n");
  target.write_by_rank(text);
}

int run_predict(const Communicator& world, const std::vector<std::string>& arguments) {
  PredictOptions options;
  const CommandSyntax syntax = predict_syntax(options);
  const auto stated = parse_or_help(world, syntax, arguments);
  if (!stated) return kDone;
  check_options(world, options, *stated);
  const bool of_pairs = stated->has("pairs");
  const SpreadModel model = spread(world, options, !of_pairs);
  CsvTarget target(world, options.output.path);
  if (of_pairs) {
    predict_pairs(model, target);
  } else {
    predict_best(model, target);
  }
  target.commit();
  return kDone;
}

}  // namespace

Command predict_command() {
  return {"predict", "values of a finished run at given places, or the best columns of rows",
          [] { return described(predict_syntax); }, run_predict};
}

}  // namespace partita::app
