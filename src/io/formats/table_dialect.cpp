#include "io/formats/table_dialect.hpp"

#include <algorithm>
#include <span>

namespace partita {

namespace {

constexpr char kComma = ',';
constexpr char kTab = '\t';
constexpr char kSemicolon = ';';

/// How a separator cuts the head.
struct Cut {
  char separator = kComma;
  bool fits = false;
  Index fewest = 0;  ///< fields of a line
  Index most = 0;
  Index numbers = 0;  ///< fields of the data, but for its first column
  Index words = 0;
  Index lists = 0;        ///< first fields that are numbers between blanks
  Index points = 0;       ///< numbers of the head with a point in them
  Index commas = 0;       ///< numbers with a decimal comma
  bool thousands = true;  ///< all of those may be whole numbers with groups of three digits
};

/// "1,234", but not "0,234".
bool may_be_thousands(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  const std::size_t comma = text.find(kComma);
  return comma >= 1 && comma <= 3 && text.front() != '0' && text.size() == comma + 4;
}

void count_field(Cut& cut, std::string_view text, bool is_data, char decimal) {
  const FieldForm form = field_of(text, decimal).form;
  const bool has_comma = form == FieldForm::comma_number && decimal == kDetected;
  if (has_comma) {
    ++cut.commas;
    cut.thousands = cut.thousands && may_be_thousands(text);
  }
  const bool number = form == FieldForm::number || has_comma;
  if (form == FieldForm::number && text.find('.') != text.npos) ++cut.points;
  if (!is_data) return;
  cut.numbers += number ? 1 : 0;
  cut.words += !number && form != FieldForm::empty && form != FieldForm::missing ? 1 : 0;
}

/// "1 0": the table is cut at blanks, not at what follows.
bool cuts_into_numbers_at_blanks(std::string_view text) {
  FieldReader reader(text, {.separator = kBlanks});
  Index fields = 0;
  for (double value = 0; reader.next_number(value);) ++fields;
  std::string_view rest;
  return fields > 1 && !reader.next(rest);
}

Cut cut_head(const std::vector<HeadLine>& lines, char separator, char decimal) {
  Cut cut{.separator = separator};
  std::vector<Index> widths;
  for (const HeadLine& line : lines) {
    FieldReader reader(line.text, {.separator = separator});
    const bool may_be_header = widths.empty() && lines.size() > 1;
    Index fields = 0;
    for (std::string_view text; reader.next(text); ++fields) {
      if (reader.fault() != nullptr) return cut;
      if (fields >= kFieldsLookedAt) continue;
      if (fields == 0 && separator != kBlanks && cuts_into_numbers_at_blanks(text)) ++cut.lists;
      count_field(cut, text, !may_be_header && fields > 0, decimal);
    }
    widths.push_back(fields);
  }
  cut.fewest = std::ranges::min(widths);
  cut.most = std::ranges::max(widths);
  const Index width = widths.back();
  const auto data = std::span(widths).subspan(1);
  const bool even = std::ranges::all_of(data, [&](Index fields) { return fields == width; });
  const bool is_name = field_of(trimmed(lines.front().text), decimal).form == FieldForm::word;
  const bool lacks_corner = widths[0] == width - 1 && (width > 2 || is_name);
  cut.fits = width > 1 && even && (widths[0] == width || lacks_corner) && cut.lists == 0 &&
             cut.numbers > cut.words;
  return cut;
}

/// The separators in the order in which they are tried.
std::vector<char> candidates(const TableHead& head, char usual, char decimal) {
  // A comma that is the decimal mark separates only numbers in quotes.
  const bool quotes = std::ranges::any_of(
      head.lines, [](const HeadLine& line) { return line.text.find('"') != line.text.npos; });
  std::vector<char> tried = {kSemicolon, kTab, kComma, kBlanks};
  if (usual == kTab) std::swap(tried[0], tried[1]);
  if (decimal == kComma && !quotes) std::erase(tried, kComma);
  return tried;
}

Cut find_cut(const TableHead& head, char usual, char decimal) {
  const Cut by_usual = cut_head(head.lines, usual, decimal);
  const std::vector<char> tried = candidates(head, usual, decimal);
  std::vector<Cut> cuts;
  for (const char separator : tried) {
    cuts.push_back(separator == usual ? by_usual : cut_head(head.lines, separator, decimal));
    if (cuts.back().fits) return cuts.back();
  }
  // None fits: perhaps one does but for a faulty line, which is then told in its terms.
  for (const Cut& cut : cuts) {
    if (by_usual.most <= 1 && cut.fewest > 1 && cut.numbers > cut.words) return cut;
  }
  if (usual == kComma && decimal == kComma) return cuts.front();
  return by_usual;
}

/// The decimal mark of a table whose separator is known.
char find_decimal(const std::string& path, const Cut& cut) {
  if (cut.commas == 0 || cut.points > 0) return kPoint;
  if (!cut.thousands) return kComma;
  throw bad_file(path,
                 "its numbers may have decimal commas, or commas between thousands: say so with "
                 "--decimal , or write the numbers without commas");
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

/// What a comma in a table of commas may be beside a separator.
struct CommaDoubt {
  bool digits = true;          ///< all fields are whole numbers
  bool pairs = true;           ///< every line of data has two of them
  bool leading_zeros = false;  ///< a second one of two is like "05", no first one is
};

CommaDoubt doubt_of(std::span<const HeadLine> lines) {
  CommaDoubt doubt;
  bool first_has_zero = false;
  for (const HeadLine& line : lines) {
    FieldReader reader(line.text, {});
    Index fields = 0;
    for (std::string_view text; reader.next(text); ++fields) {
      const bool digits = is_digits(text) && !reader.quoted();
      doubt.digits = doubt.digits && digits;
      const bool zero = digits && text.size() > 1 && text.front() == '0';
      if (zero) (fields % 2 == 0 ? first_has_zero : doubt.leading_zeros) = true;
    }
    doubt.pairs = doubt.pairs && fields == 2 && doubt.digits;
    if (fields % 2 != 0) first_has_zero = true;  // numbers with commas would be even in number
  }
  doubt.leading_zeros = doubt.digits && doubt.leading_zeros && !first_has_zero;
  return doubt;
}

/// Refuses, or warns, where the comma was found to be the separator but may be the decimal mark.
void check_comma(const std::string& path, const TableHead& head, char usual, const Cut& cut,
                 const ReadOptions& options, std::vector<std::string>& warnings) {
  if (options.decimal != kDetected || options.row_labels == Presence::yes) return;
  const auto lines = std::span(head.lines);
  const bool whole_table = doubt_of(lines).pairs;
  const CommaDoubt doubt = doubt_of(whole_table || lines.size() == 1 ? lines : lines.subspan(1));
  const std::string both =
      "whether a comma is the decimal mark or the separator cannot be told from " +
      shown(head.lines.back().text) + ": say --decimal , or --decimal .";
  const bool header_has_one = cut.fewest == 1;
  if (doubt.leading_zeros ||
      (doubt.pairs && (header_has_one || (whole_table && usual != kComma)))) {
    throw bad_line(path, head.lines.back().number, both);
  }
  if (whole_table && options.header != Presence::yes) {
    warnings.push_back(
        "read as two columns of whole numbers; if the comma is the decimal mark, say so with "
        "--decimal ,");
  }
}

}  // namespace

std::string separator_name(char separator) {
  switch (separator) {
    case kComma:
      return "comma";
    case kSemicolon:
      return "semicolon";
    case kTab:
      return "tab";
    case kBlanks:
      return "space";
    default:
      return std::string(1, separator);
  }
}

Dialect find_dialect(const std::string& path, const TableHead& head, char usual,
                     const ReadOptions& options, std::vector<std::string>& warnings) {
  const bool stated = options.separator != kDetected;
  const Cut cut = stated ? cut_head(head.lines, options.separator, options.decimal)
                         : find_cut(head, usual, options.decimal);
  Dialect dialect{.separator = cut.separator, .decimal = options.decimal};
  if (!stated && cut.separator == kComma && cut.most > 1) {
    check_comma(path, head, usual, cut, options, warnings);
  }
  if (dialect.decimal == kDetected) dialect.decimal = find_decimal(path, cut);
  return dialect;
}

}  // namespace partita
