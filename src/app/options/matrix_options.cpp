#include "matrix_options.hpp"

#include "partita/base/error.hpp"
#include "partita/io/formats/matrix_format.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <utility>

#include "io/spread/source_views.hpp"
#include "options/format_words.hpp"
#include "options/rows.hpp"

namespace partita::app {

namespace {

const Choices<Presence> kPresences = {
    {"detect", Presence::detect}, {"yes", Presence::yes}, {"no", Presence::no}};

const Choices<char> kSeparators = {{"detect", kDetected}, {"comma", ','}, {"semicolon", ';'},
                                   {"tab", '\t'},         {"\\t", '\t'},  {"space", ' '}};
const Choices<char> kDecimals = {
    {"detect", kDetected}, {"point", '.'}, {"comma", ','}, {".", '.'}, {",", ','}};

/// What can be part of a number or of a quoted field separates none.
bool can_separate(unsigned char c) {
  constexpr std::string_view kTaken = ".+-\"#\r\n";
  return c < 0x80 && c != 0 && std::isalnum(c) == 0 &&
         kTaken.find(static_cast<char>(c)) == std::string_view::npos;
}

char parse_separator(const std::string& option, const std::string& text) {
  if (text.size() != 1) return parse_choice(option, text, kSeparators);
  if (can_separate(static_cast<unsigned char>(text.front()))) return text.front();
  throw Error(ErrorKind::usage, option + ": '" + text +
                                    "' cannot separate numbers: a comma, a semicolon, a tab, a "
                                    "space and most other signs can");
}

/// "6 x 4, dense, header yes, separator comma".
std::string describe(const MatrixInput& input, const MatrixSource& source) {
  const MatrixShape& shape = source.shape();
  std::string text = std::to_string(shape.rows) + " x " + std::to_string(shape.columns) +
                     (input.read.transpose ? " (transposed)" : "") +
                     (shape.sparse ? ", sparse" : ", dense");
  for (const auto& [name, value] : source.reading().facts) {
    text.append(", ").append(name).append(" ").append(value);
  }
  return text;
}

/// Takes a choice of which only one is there yet.
auto only(const std::string& available, const std::string& other) {
  return [available, other](const std::string& option, const std::string& text) {
    const Choices<bool> choices = {{available, true}, {other, false}};
    if (!parse_choice(option, text, choices)) refuse_unavailable(option + " " + text);
  };
}

}  // namespace

void refuse_unavailable(const std::string& what) {
  throw Error(ErrorKind::usage, what + " is not available in this version");
}

OptionGroup file_options(MatrixInput& input) {
  return {"Matrix",
          {{"format", 0, "NAME", "by extension",
            readable_formats() + "; extensions " + usual_extensions() + ", with .gz for text",
            into(input.format)},
           told(switch_option("transpose", input.read.transpose, "take the transposed matrix"),
                Told::always, [&input] { return SettingValue(input.read.transpose); }),
           choice_option("header", input.read.header, kPresences,
                         "whether a CSV file begins with column names"),
           choice_option("row-labels", input.read.row_labels, kPresences,
                         "whether the first column of a CSV file names the rows"),
           {"separator", 0, "detect|comma|semicolon|tab|space|CHAR", "detect",
            "what separates the fields of a CSV file; space: any run of blanks",
            into(input.read.separator, parse_separator)},
           {"decimal", 0, "detect|point|comma", "detect",
            "the decimal mark of a CSV file; . and , may be written too",
            into_choice(input.read.decimal, kDecimals)},
           told(name_option("dataset", "PATH", input.read.dataset,
                            "the matrix inside an HDF5 file, such as layers/counts of an .h5ad"),
                Told::where_it_has_effect,
                [&input] {
                  return input.read.dataset.empty() ? SettingValue()
                                                    : SettingValue(input.read.dataset);
                }),
           name_option("rows-file", "FILE", input.read.rows_file,
                       "names of the file's rows, one a line (also X.rows.txt beside X.mtx)"),
           name_option("columns-file", "FILE", input.read.columns_file,
                       "names of the file's columns (also X.columns.txt beside X.mtx)")}};
}

OptionGroup matrix_options(MatrixInput& input) {
  OptionGroup group = file_options(input);
  group.options.push_back({"unstored", 0, "zero|missing", "zero",
                           "what a sparse file does not store (missing: of fit and transform)",
                           only("zero", "missing")});
  group.options.push_back({"nan", 0, "error|missing", "error",
                           "what NaN means (missing: of fit and transform)",
                           only("error", "missing")});
  return group;
}

Option quiet_option(bool& quiet) {
  return switch_option("quiet", quiet, "nothing on stderr but errors");
}

OptionGroup message_options(bool& quiet) {
  return {"Messages", {quiet_option(quiet)}};
}

void tell_warnings(const Communicator& world, const std::string& file, const MatrixSource& source,
                   bool quiet) {
  if (quiet || !world.is_root()) return;
  for (const std::string& warning : source.reading().warnings) {
    std::fprintf(stderr, "partita: %s: warning: %s\n", file.c_str(), warning.c_str());
  }
}

std::unique_ptr<MatrixSource> open_input(const Communicator& world, const MatrixInput& input,
                                         bool quiet) {
  auto source = open_matrix(world, input.file, input.read, input.format);
  if (input.nan_is_missing) source = without_nan(std::move(source));
  if (!quiet && world.is_root()) {
    std::fprintf(stderr, "partita: %s: %s\n", input.file.c_str(), describe(input, *source).c_str());
  }
  tell_warnings(world, input.file, *source, quiet);
  return source;
}

}  // namespace partita::app
