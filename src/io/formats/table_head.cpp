#include "io/formats/table_head.hpp"

#include <algorithm>
#include <array>

#include "io/text/number_text.hpp"

namespace partita {

namespace {

constexpr std::size_t kFewestLines = 3;
constexpr std::size_t kMostLines = 100;
/// Lines beyond the fewest are read while the text is shorter than this.
constexpr std::size_t kHeadBytes = std::size_t{1} << 20;

bool is_missing(std::string_view text) {
  constexpr std::array<std::string_view, 8> kNames = {"NA",   "N/A",  "null", "NULL",
                                                      "None", "none", "-",    "?"};
  return std::ranges::find(kNames, text) != kNames.end();
}

std::string_view skip_digits(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of("0123456789"), text.size()));
}

}  // namespace

TableHead read_table_head(const std::string& path, ByteStream& stream) {
  LineReader reader(stream, path);
  TableHead head;
  std::size_t bytes = 0;
  std::string line;
  while ((head.lines.size() < kFewestLines ||
          (head.lines.size() < kMostLines && bytes < kHeadBytes)) &&
         reader.next(line)) {
    const std::string_view text = trimmed(line);
    if (text.empty()) continue;
    if (head.lines.empty() && text.front() == kTableComment) {
      ++head.comments;
      head.lowest = HeadLine{reader.lines(), line};
      continue;
    }
    bytes += line.size();
    head.lines.push_back({reader.lines(), line});
  }
  if (!head.lines.empty()) return head;
  if (head.comments == 0) throw bad_file(path, "the file is empty");
  throw bad_file(path, "the file holds only lines that start with #, which are skipped");
}

bool is_comma_number(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  const std::string_view from_comma = skip_digits(text);
  if (from_comma.size() == text.size() || !from_comma.starts_with(',')) return false;
  const std::string_view decimals = from_comma.substr(1);
  const std::string_view rest = skip_digits(decimals);
  if (rest.size() == decimals.size()) return false;
  double value = 0;
  return rest.empty() || parse_field(text, value, ',');
}

/// "1,234,567.8" with its two signs.
bool has_groups(std::string_view text, char between, char mark) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  std::string_view rest = skip_digits(text);
  const std::size_t first = text.size() - rest.size();
  if (first < 1 || first > 3 || !rest.starts_with(between)) return false;
  while (rest.starts_with(between)) {
    const std::string_view after = skip_digits(rest.substr(1));
    if (rest.size() - after.size() != 4) return false;
    rest = after;
  }
  return rest.empty() || (rest.front() == mark && skip_digits(rest.substr(1)).empty());
}

HeadField field_of(std::string_view text, char decimal) {
  HeadField field;
  const char mark = decimal == kDetected ? kPoint : decimal;
  if (text.empty()) {
    field.form = FieldForm::empty;
  } else if (parse_field(text, field.value, mark)) {
    field.form = FieldForm::number;
  } else if (mark == kPoint && is_comma_number(text)) {
    field.form = FieldForm::comma_number;
  } else if (parse_field(text, field.value) || has_groups(text, ',', '.') ||
             has_groups(text, '.', ',')) {
    field.form = FieldForm::other_number;
  } else {
    field.form = is_missing(text) ? FieldForm::missing : FieldForm::word;
  }
  return field;
}

HeadRow split_row(const std::string& path, const HeadLine& line, Dialect dialect) {
  HeadRow row;
  FieldReader reader(line.text, dialect);
  for (std::string_view text; reader.next(text); ++row.fields) {
    if (reader.fault() != nullptr) throw bad_line(path, line.number, reader.fault());
    if (row.fields == 0) row.first = text;
    if (row.fields >= kFieldsLookedAt) continue;
    row.known.push_back(field_of(text, dialect.decimal));
    row.known.back().quoted = reader.quoted();
  }
  return row;
}

}  // namespace partita
