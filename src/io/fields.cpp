#include "io/fields.hpp"

#include <algorithm>

#include "io/input_file.hpp"
#include "io/number_text.hpp"

namespace partita {

bool FieldReader::next_number(double& value) {
  if (used_up_) return false;
  const char* const next = parse_double(at_, end_, value);
  if (next == nullptr || (next != end_ && *next != separator_)) return false;
  used_up_ = next == end_;
  at_ = used_up_ ? next : next + 1;
  return true;
}

bool FieldReader::next(std::string_view& field) {
  if (used_up_) return false;
  const char* start = at_;
  while (start != end_ && *start == ' ') ++start;
  if (start != end_ && *start == '"') {
    at_ = start + 1;
    return next_quoted(field);
  }
  const char* const stop = std::find(at_, end_, separator_);
  field = trimmed({at_, static_cast<std::size_t>(stop - at_)});
  used_up_ = stop == end_;
  at_ = used_up_ ? stop : stop + 1;
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
  while (at_ != end_ && *at_ == ' ' && separator_ != ' ') ++at_;
  used_up_ = at_ == end_;
  if (!used_up_ && *at_ != separator_) {
    fault_ = "text follows the closing quote of a field";
    used_up_ = true;
  }
  if (!used_up_) ++at_;
  return true;
}

std::vector<std::string> split_fields(const std::string& path, Index number, std::string_view line,
                                      char separator) {
  std::vector<std::string> fields;
  FieldReader reader(line, separator);
  for (std::string_view field; reader.next(field);) {
    if (reader.fault() != nullptr) throw bad_line(path, number, reader.fault());
    fields.emplace_back(field);
  }
  return fields;
}

}  // namespace partita
