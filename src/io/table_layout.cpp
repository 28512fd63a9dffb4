#include "io/table_layout.hpp"

#include <algorithm>
#include <span>

#include "io/fields.hpp"
#include "io/number_text.hpp"

namespace partita {

namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::size_t kLinesLookedAt = 3;

using Fields = std::vector<std::string>;

bool is_word(const std::string& field) {
  double value = 0;
  return !field.empty() && !parse_field(field, value);
}

std::vector<Fields> first_records(const std::string& path, ByteStream& stream, char separator) {
  LineReader reader(stream);
  std::vector<Fields> records;
  std::string line;
  while (records.size() < kLinesLookedAt && reader.next(line)) {
    if (reader.lines() == 1 && line.starts_with(kByteOrderMark))
      line.erase(0, kByteOrderMark.size());
    if (trimmed(line).empty()) continue;
    records.push_back(split_fields(path, reader.lines(), line, separator));
  }
  if (records.empty()) throw bad_file(path, "the file is empty");
  return records;
}

/// "", "a", "b": the first row and column are names, as data frames are written.
bool has_empty_corner(const Fields& first) {
  return first.size() > 1 && first[0].empty() &&
         std::none_of(first.begin() + 1, first.end(), [](const auto& f) { return f.empty(); });
}

/// A header that does not name the column of labels: one field fewer than the data.
bool lacks_corner(const std::vector<Fields>& records) {
  return records.size() > 1 && records[0].size() + 1 == records[1].size();
}

bool looks_like_header(const std::vector<Fields>& records) {
  const Fields& first = records[0];
  if (records.size() < 2) return false;
  if (has_empty_corner(first)) return true;
  const bool all = first.size() == 1 || lacks_corner(records);
  return std::all_of(first.begin() + (all ? 0 : 1), first.end(), is_word);
}

bool looks_like_labels(const std::vector<Fields>& records, bool has_header) {
  if (has_empty_corner(records[0]) || (has_header && lacks_corner(records))) return true;
  const auto data = std::span(records).subspan(has_header ? 1 : 0);
  return std::ranges::all_of(
      data, [](const Fields& fields) { return fields.size() > 1 && is_word(fields[0]); });
}

bool stated_or(Presence presence, bool seen) {
  return presence == Presence::detect ? seen : presence == Presence::yes;
}

}  // namespace

TableLayout find_layout(const std::string& path, ByteStream& stream, char separator,
                        const ReadOptions& options) {
  const std::vector<Fields> records = first_records(path, stream, separator);
  TableLayout layout;
  layout.has_header = stated_or(options.header, looks_like_header(records));
  if (layout.has_header && records.size() < 2) {
    throw bad_file(path, "there are no rows of data after the header row");
  }
  layout.has_row_labels =
      stated_or(options.row_labels, looks_like_labels(records, layout.has_header));
  layout.fields = static_cast<Index>(records[layout.has_header ? 1 : 0].size());
  const Index columns = layout.fields - (layout.has_row_labels ? 1 : 0);
  if (columns < 1) throw bad_file(path, "there are no columns of data beside the row labels");
  if (!layout.has_header) return layout;
  Fields names = records[0];
  const auto found = static_cast<Index>(names.size());
  if (layout.has_row_labels && found == layout.fields) names.erase(names.begin());
  if (static_cast<Index>(names.size()) != columns) {
    throw bad_file(path, "the header row has " + std::to_string(found) +
                             " fields but the first row of data has " +
                             std::to_string(layout.fields));
  }
  layout.column_labels = std::move(names);
  return layout;
}

void skip_header(LineReader& reader, const TableLayout& layout) {
  std::string line;
  while (layout.has_header && reader.next(line)) {
    if (reader.lines() == 1 && line.starts_with(kByteOrderMark))
      line.erase(0, kByteOrderMark.size());
    if (!trimmed(line).empty()) return;
  }
}

}  // namespace partita
