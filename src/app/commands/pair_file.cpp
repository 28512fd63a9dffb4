#include "pair_file.hpp"

#include "partita/base/error.hpp"

#include "io/files/input_file.hpp"
#include "io/text/byte_stream.hpp"
#include "io/text/fields.hpp"

namespace partita::app {

namespace {

/// What stands between fields: of the characters outside of quotes.
char separator_of(const std::string& line) {
  bool comma = false;
  bool tab = false;
  bool quoted = false;
  for (const char c : line) {
    quoted = quoted != (c == '"');
    comma = comma || (!quoted && c == ',');
    tab = tab || (!quoted && c == '\t');
  }
  if (comma) return ',';
  return tab ? '\t' : ';';
}

/// The first two fields of a line.
struct Fields {
  std::string row;
  std::string column;
};

Fields fields_of(const std::string& path, Index number, const std::string& line, char separator) {
  FieldReader reader(line, {.separator = separator});
  std::string_view field;
  Fields fields;
  bool both = reader.next(field);
  fields.row = field;
  both = both && reader.next(field);
  fields.column = field;
  if (reader.fault() != nullptr) throw bad_line(path, number, reader.fault());
  if (!both) throw bad_line(path, number, "a row and a column are needed, separated by a comma");
  return fields;
}

bool is_head(const Fields& fields, const LineNames& rows, const LineNames& columns) {
  if (fields.row == "row" && fields.column == "column") return true;
  if (rows.has_names() && columns.has_names()) return false;  // or a wrong name would be a head
  return !rows.could_be(fields.row) && !columns.could_be(fields.column);
}

}  // namespace

std::vector<WrittenPair> read_pairs(const std::string& path, const LineNames& rows,
                                    const LineNames& columns) {
  const InputFile file(path);
  const auto stream = open_stream(file, path);
  LineReader lines(*stream, path);
  std::vector<WrittenPair> pairs;
  std::string line;
  char separator = 0;
  while (lines.next(line)) {
    if (line.find_first_not_of(" \t") == std::string::npos) continue;
    const bool first = separator == 0;
    if (first) separator = separator_of(line);
    const Fields fields = fields_of(path, lines.lines(), line, separator);
    if (first && is_head(fields, rows, columns)) continue;
    try {
      const LineNames::Found row = rows.find(fields.row);
      const LineNames::Found column = columns.find(fields.column);
      pairs.push_back({{row.line, column.line}, row.by_name, column.by_name});
    } catch (const Error& error) {
      throw bad_line(path, lines.lines(), error.what());
    }
  }
  return pairs;
}

}  // namespace partita::app
