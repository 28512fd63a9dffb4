#pragma once

#include "partita/base/index.hpp"

#include <string>
#include <string_view>
#include <vector>

#include "io/text/number_text.hpp"

namespace partita {

/// How the lines of a table are written.
struct Dialect {
  char separator = ',';  ///< between fields; kBlanks: any run of blanks and tabs
  char decimal = kPoint;
};

inline constexpr char kBlanks = ' ';

/// The fields of one line of a delimited table (RFC 4180, but a field ends with its line).
class FieldReader {
 public:
  FieldReader(std::string_view line, Dialect dialect);

  /// The next field without quotes and the blanks around it; false when the line is used up. The
  /// view lives until the next call. Sets fault() when quotes do not match.
  bool next(std::string_view& field);
  /// Whether the field that next() gave was in quotes.
  [[nodiscard]] bool quoted() const { return quoted_; }
  /// What is wrong with the quotes of the line, or nullptr.
  [[nodiscard]] const char* fault() const { return fault_; }

  /// Reads a plain number that fills a field; false, without moving, for anything else.
  bool next_number(double& value);

 private:
  bool next_quoted(std::string_view& field);
  [[nodiscard]] bool separates(char c) const {
    return c == separator_ || (separator_ == kBlanks && c == '\t');
  }
  /// Goes on behind a field that ends at `stop`: at a separator, or at the end of the line.
  void pass(const char* stop);
  [[nodiscard]] const char* skip_blanks(const char* at) const;

  const char* at_;
  const char* end_;
  char separator_;
  char decimal_;
  bool used_up_ = false;
  bool quoted_ = false;
  const char* fault_ = nullptr;
  std::string unescaped_;
};

/// All fields of a line. @throws Error (bad_data) naming the line when quotes do not match.
[[nodiscard]] std::vector<std::string> split_fields(const std::string& path, Index number,
                                                    std::string_view line, Dialect dialect);

}  // namespace partita
