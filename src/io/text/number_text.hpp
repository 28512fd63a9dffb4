#pragma once

#include "partita/base/index.hpp"
#include "partita/io/spread/matrix_source.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace partita {

/// Reads decimal digits at `at`; nullptr unless there is at least one digit and the number fits.
[[nodiscard]] const char* parse_index(const char* at, const char* end, Index& value);

/// The decimal mark of numbers, unless a table has another.
inline constexpr char kPoint = '.';

/// Reads a number at `at` (also "nan", "inf", a leading '+'); nullptr when there is none. What is
/// beyond the range of double becomes infinite or zero.
/// @param mark  the decimal mark; where it is a comma, a point ends the number.
[[nodiscard]] const char* parse_double(const char* at, const char* end, double& value,
                                       char mark = kPoint);

/// The whole of a field as a number; blanks around it are allowed.
[[nodiscard]] bool parse_field(std::string_view field, double& value, char mark = kPoint);

/// The whole of a word as a number without decimals, also as "1e+05" or "3.0"; false for others and
/// for those that are not exact in double.
[[nodiscard]] bool parse_whole(std::string_view word, Index& value);

[[nodiscard]] std::string_view trimmed(std::string_view text);

/// The shortest text that reads back as the same double.
[[nodiscard]] std::string number_text(double value);
void append_number(std::string& text, double value);
void append_number(std::string& text, Index value);

/// A piece of the input as an error message shows it: quoted, and cut when it is long.
[[nodiscard]] std::string shown(std::string_view text);

[[nodiscard]] bool is_allowed(double value, ValueRule rule);
/// Position of the first value that is not allowed; values.size() if all are.
[[nodiscard]] std::size_t first_refused(std::span<const double> values, ValueRule rule);
/// Why a value is refused and what to do: "value -1 is negative; ...". @pre it is not allowed.
[[nodiscard]] std::string refusal(double value);

}  // namespace partita
