#pragma once

#include "partita/base/index.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace partita {

/// The fields of one line of a delimited table (RFC 4180, but a field ends with its line).
class FieldReader {
 public:
  FieldReader(std::string_view line, char separator)
      : at_(line.data()), end_(line.data() + line.size()), separator_(separator) {}

  /// The next field without quotes and the blanks around it; false when the line is used up. The
  /// view lives until the next call. Sets fault() when quotes do not match.
  bool next(std::string_view& field);
  /// What is wrong with the quotes of the line, or nullptr.
  [[nodiscard]] const char* fault() const { return fault_; }

  /// Reads a plain number that fills a field; false, without moving, for anything else.
  bool next_number(double& value);

 private:
  bool next_quoted(std::string_view& field);

  const char* at_;
  const char* end_;
  char separator_;
  bool used_up_ = false;
  const char* fault_ = nullptr;
  std::string unescaped_;
};

/// All fields of a line. @throws Error (bad_data) naming the line when quotes do not match.
[[nodiscard]] std::vector<std::string> split_fields(const std::string& path, Index number,
                                                    std::string_view line, char separator);

}  // namespace partita
