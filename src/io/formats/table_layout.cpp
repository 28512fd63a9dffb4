#include "io/formats/table_layout.hpp"

#include <algorithm>

#include "io/formats/table_dialect.hpp"
#include "io/formats/table_head.hpp"
#include "io/formats/table_names.hpp"

namespace partita {

namespace {

using Warnings = std::vector<std::string>;

/// What is stated counts, else what is found; a doubt becomes a warning.
bool stated_or(Presence presence, const Names& names, Warnings& warnings) {
  if (presence != Presence::detect) return presence == Presence::yes;
  if (!names.doubt.empty()) warnings.push_back(names.doubt);
  return names.found;
}

/// The lines in fields, down to one with a fault, which is told when the data are read.
std::vector<HeadRow> split_rows(const std::string& path, const TableHead& head, Dialect dialect) {
  std::vector<HeadRow> rows;
  for (const HeadLine& line : head.lines) {
    try {
      rows.push_back(split_row(path, line, dialect));
    } catch (const Error&) {
      if (rows.size() < 2) throw;
      break;
    }
  }
  return rows;
}

/// The lowest comment without its sign.
HeadLine without_sign(const HeadLine& comment) {
  const std::size_t begin = comment.text.find_first_not_of("# \t");
  return {comment.number, begin == std::string::npos ? "" : comment.text.substr(begin)};
}

/// "#id,a,b" or "# a,b": names rather than prose, which has blanks after the sign and inside.
bool is_list_of_names(const std::string& path, const HeadLine& comment, Dialect dialect) {
  const std::string_view text = trimmed(comment.text);
  if (text.size() > 1 && text[1] != ' ') return true;
  const auto fields = split_fields(path, comment.number, without_sign(comment).text, dialect);
  return std::ranges::all_of(
      fields, [](const std::string& field) { return field.find(' ') == std::string::npos; });
}

/// How the lowest comment relates to the table under it.
enum class CommentRole { prose, header, data };

CommentRole role_of(const std::string& path, const HeadLine& comment, Dialect dialect,
                    const HeadRow& first) {
  try {
    const HeadRow row = split_row(path, without_sign(comment), dialect);
    const bool labelled = first.fields > 1 && first.known[0].form == FieldForm::word;
    const bool lacks_corner = labelled && row.fields + 1 == first.fields;
    if (row.fields < 2 || (row.fields != first.fields && !lacks_corner)) return CommentRole::prose;
    if (are_words(row, lacks_corner)) {
      return is_list_of_names(path, comment, dialect) ? CommentRole::header : CommentRole::prose;
    }
    const bool numbers = std::all_of(row.known.begin() + 1, row.known.end(),
                                     [](auto& field) { return field.form == FieldForm::number; });
    return numbers ? CommentRole::data : CommentRole::prose;
  } catch (const Error&) {  // its quotes do not match
    return CommentRole::prose;
  }
}

/// The header row of the table, when it has one, in `line` and in front of `rows`.
void find_header_line(const std::string& path, const TableHead& head, const ReadOptions& options,
                      TableLayout& layout, std::vector<HeadRow>& rows, HeadLine& line) {
  line = head.lines.front();
  layout.lines_above = line.number - 1;
  const Names names = find_header(rows);
  const CommentRole role = head.lowest && !names.found
                               ? role_of(path, *head.lowest, layout.dialect, rows.front())
                               : CommentRole::prose;
  if (role == CommentRole::header && options.header != Presence::no) {
    line = without_sign(*head.lowest);
    rows.insert(rows.begin(), split_row(path, line, layout.dialect));
    layout.has_header = true;
    return;
  }
  if (role == CommentRole::data) {
    layout.reading.warnings.push_back("line " + std::to_string(head.lowest->number) +
                                      " starts with # and is skipped, though it has as many "
                                      "fields as the data");
  }
  layout.has_header = stated_or(options.header, names, layout.reading.warnings);
  if (layout.has_header) layout.lines_above = line.number;
}

/// The names of a header row. @param first  the first field of the data below it.
std::vector<std::string> names_in(const std::string& path, const HeadLine& line,
                                  const std::string& first, const TableLayout& layout) {
  std::vector<std::string> names = split_fields(path, line.number, line.text, layout.dialect);
  const auto found = static_cast<Index>(names.size());
  const Index columns = layout.fields - (layout.has_row_labels ? 1 : 0);
  if (layout.has_row_labels && found == layout.fields) names.erase(names.begin());
  if (static_cast<Index>(names.size()) == columns) return names;
  std::string hint;
  if (first.starts_with(kTableComment)) {
    hint = kCommentHint;
  } else if (layout.dialect.separator == ',' && layout.fields == 2 * found) {
    hint = "; where the comma is the decimal mark, the fields need another separator";
  }
  throw bad_file(path, "the header row has " + std::to_string(found) +
                           " fields but the first row of data has " +
                           std::to_string(layout.fields) + hint);
}

void describe(const TableHead& head, TableLayout& layout) {
  const auto yes_or_no = [](bool yes) { return std::string(yes ? "yes" : "no"); };
  layout.reading.facts = {
      {"header", yes_or_no(layout.has_header)},
      {"row_labels", yes_or_no(layout.has_row_labels)},
      {"separator",
       layout.fields == 1 ? std::string("none") : separator_name(layout.dialect.separator)},
      {"decimal", layout.dialect.decimal == kPoint ? "point" : "comma"}};
  if (head.comments > 0) {
    layout.reading.facts.emplace_back("comment_lines", std::to_string(head.comments));
  }
}

}  // namespace

void TableLayout::unpack(const std::array<Index, 5>& facts) {
  dialect = {.separator = static_cast<char>(facts[0]), .decimal = static_cast<char>(facts[1])};
  has_header = facts[2] != 0;
  has_row_labels = facts[3] != 0;
  fields = facts[4];
}

TableLayout find_layout(const std::string& path, ByteStream& stream, char usual,
                        const ReadOptions& options) {
  const TableHead head = read_table_head(path, stream);
  TableLayout layout;
  layout.dialect = find_dialect(path, head, usual, options, layout.reading.warnings);
  std::vector<HeadRow> rows = split_rows(path, head, layout.dialect);
  HeadLine header;
  find_header_line(path, head, options, layout, rows, header);
  if (layout.has_header && rows.size() < 2) {
    throw bad_file(path, "there are no rows of data after the header row");
  }
  layout.has_row_labels = stated_or(options.row_labels, find_row_labels(rows, layout.has_header),
                                    layout.reading.warnings);
  layout.fields = rows[layout.has_header ? 1 : 0].fields;
  if (layout.fields < (layout.has_row_labels ? 2 : 1)) {
    throw bad_file(path, "there are no columns of data beside the row labels");
  }
  if (layout.has_header) layout.column_labels = names_in(path, header, rows[1].first, layout);
  describe(head, layout);
  return layout;
}

void skip_header(LineReader& reader, const TableLayout& layout) {
  std::string line;
  while (reader.lines() < layout.lines_above && reader.next(line)) {
  }
}

}  // namespace partita
