#pragma once

#include <optional>
#include <string>
#include <vector>

#include "io/text/byte_stream.hpp"
#include "io/text/fields.hpp"

namespace partita {

inline constexpr char kTableComment = '#';
/// What to say of a line below the first record that may be meant as one.
inline constexpr const char* kCommentHint =
    "; lines that start with # are skipped only above the table";

/// A line of the file, counted from 1.
struct HeadLine {
  Index number = 0;
  std::string text;
};

/// The first lines of a table.
struct TableHead {
  std::vector<HeadLine> lines;     ///< records: neither blank, nor comments on top
  Index comments = 0;              ///< lines above the records that start with #
  std::optional<HeadLine> lowest;  ///< the last one of them
};

/// Reads the first lines, at least three where there are so many, and more as long as they are few
/// and short. On one process. @throws Error (bad_data) when there is no record.
[[nodiscard]] TableHead read_table_head(const std::string& path, ByteStream& stream);

/// What the text of a field is.
enum class FieldForm {
  empty,
  missing,       ///< "NA" and the like
  number,        ///< with the decimal mark of its table
  comma_number,  ///< a number with a decimal comma, where the mark is a point or not known
  other_number,  ///< one with groups of thousands, or with a decimal point where the mark is a
                 ///< comma
  word
};

struct HeadField {
  FieldForm form = FieldForm::empty;
  double value = 0;  ///< of a number
  bool quoted = false;
};

/// One record of the head, in fields.
struct HeadRow {
  Index fields = 0;
  std::string first;             ///< text of the first field
  std::vector<HeadField> known;  ///< the first fields, no more than kFieldsLookedAt
};

inline constexpr Index kFieldsLookedAt = 1000;

[[nodiscard]] HeadField field_of(std::string_view text, char decimal);
/// @throws Error (bad_data) when quotes do not match.
[[nodiscard]] HeadRow split_row(const std::string& path, const HeadLine& line, Dialect dialect);

/// Whether the text is digits, a comma and digits, with a sign or an exponent perhaps.
[[nodiscard]] bool is_comma_number(std::string_view text);

}  // namespace partita
