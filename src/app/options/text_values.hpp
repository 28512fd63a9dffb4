#pragma once

#include "partita/base/error.hpp"
#include "partita/base/index.hpp"
#include "partita/layout/matrix_layout.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/choices.hpp"
#include "base/number_of_text.hpp"
#include "nearest_name.hpp"

namespace partita::app {

// Values of options from their text, strictly: the whole text must be the value. Each throws
// Error (usage) that names the option and the value.

/// A whole number of at least `least`.
[[nodiscard]] Index parse_count(const std::string& option, const std::string& text, Index least);
/// A whole number in 0 .. 2^64 - 1.
[[nodiscard]] std::uint64_t parse_seed(const std::string& option, const std::string& text);
/// A finite number of at least `least`.
[[nodiscard]] double parse_number(const std::string& option, const std::string& text, double least);
/// A span of time in seconds, above 0: "H:M:S", "M:S" or seconds; the last may have decimals, all
/// but the first stay below 60.
[[nodiscard]] double parse_duration(const std::string& option, const std::string& text);
/// "PRxPC", both at least 1.
[[nodiscard]] GridShape parse_grid(const std::string& option, const std::string& text);
/// "BEGIN:END", a half-open range that holds something.
[[nodiscard]] Range parse_range(const std::string& option, const std::string& text);
/// yes, no, true, false, 1 or 0: what a switch may be set to in a file.
[[nodiscard]] bool parse_switch(const std::string& option, const std::string& text);

template <class Value>
[[nodiscard]] Value parse_choice(const std::string& option, const std::string& text,
                                 const Choices<Value>& choices) {
  std::vector<std::string> names;
  std::string listed;
  for (const auto& [name, value] : choices) {
    if (name == text) return value;
    names.push_back(name);
    listed += (listed.empty() ? "" : ", ") + name;
  }
  throw Error(ErrorKind::usage,
              option + ": '" + text + "' is not one of " + listed + suggestion(text, names));
}

/// The shortest decimal text that reads back as the same double.
[[nodiscard]] std::string shortest(double value);
/// A number as people write it: "1e-4" for "1e-04".
[[nodiscard]] std::string short_exponent(std::string number);

}  // namespace partita::app
