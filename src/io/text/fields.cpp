#include "io/text/fields.hpp"

#include <algorithm>

#include "io/files/input_file.hpp"
#include "io/text/number_text.hpp"

namespace partita {

FieldReader::FieldReader(std::string_view line, Dialect dialect)
    : at_(line.data()),
      end_(line.data() + line.size()),
      separator_(dialect.separator),
      decimal_(dialect.decimal) {
  if (separator_ == kBlanks) at_ = skip_blanks(at_);
}

const char* FieldReader::skip_blanks(const char* at) const {
  while (at != end_ && (*at == ' ' || *at == '\t')) ++at;
  return at;
}

void FieldReader::pass(const char* stop) {
  if (separator_ == kBlanks) {
    at_ = skip_blanks(stop);
    used_up_ = at_ == end_;
    return;
  }
  used_up_ = stop == end_;
  at_ = used_up_ ? stop : stop + 1;
}

bool FieldReader::next_number(double& value) {
  // A comma that is both separates, unless quotes hold it.
  if (used_up_ || separator_ == decimal_) return false;
  const char* const next = parse_double(at_, end_, value, decimal_);
  if (next == nullptr || (next != end_ && !separates(*next))) return false;
  pass(next);
  return true;
}

bool FieldReader::next(std::string_view& field) {
  if (used_up_) return false;
  const char* start = at_;
  while (start != end_ && *start == ' ') ++start;
  quoted_ = start != end_ && *start == '"';
  if (quoted_) {
    at_ = start + 1;
    return next_quoted(field);
  }
  const char* const stop = std::find_if(at_, end_, [this](char c) { return separates(c); });
  field = trimmed({at_, static_cast<std::size_t>(stop - at_)});
  pass(stop);
  return true;
}

bool FieldReader::next_quoted(std::string_view& field) {
  unescaped_.clear();
  while (true) {
    const char* const quote = std::find(at_, end_, '"');
    unescaped_.append(at_, quote);
    if (quote == end_) {
      fault_ =
          "a quoted field does not end on its line (line breaks inside fields are not "
          "supported)";
      used_up_ = true;
      break;
    }
    at_ = quote + 1;
    if (at_ == end_ || *at_ != '"') break;
    unescaped_ += '"';
    ++at_;
  }
  field = unescaped_;
  if (fault_ != nullptr) return true;
  while (at_ != end_ && *at_ == ' ' && separator_ != kBlanks) ++at_;
  if (at_ != end_ && !separates(*at_)) {
    fault_ = "text follows the closing quote of a field";
    used_up_ = true;
    return true;
  }
  pass(at_);
  return true;
}

std::vector<std::string> split_fields(const std::string& path, Index number, std::string_view line,
                                      Dialect dialect) {
  std::vector<std::string> fields;
  FieldReader reader(line, dialect);
  for (std::string_view field; reader.next(field);) {
    if (reader.fault() != nullptr) throw bad_line(path, number, reader.fault());
    fields.emplace_back(field);
  }
  return fields;
}

}  // namespace partita
