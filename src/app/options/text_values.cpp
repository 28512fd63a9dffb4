#include "text_values.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace partita::app {

namespace {

template <class Number>
std::errc read(const std::string& text, Number& value) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{}) return error;
  return stop == end ? std::errc{} : std::errc::invalid_argument;
}

[[noreturn]] void refuse(const std::string& option, const std::string& text,
                         const std::string& why) {
  throw Error(ErrorKind::usage, option + ": '" + text + "' " + why);
}

/// Checks what from_chars said of a number that should be `what`.
void check_read(std::errc error, const std::string& option, const std::string& text,
                const std::string& what) {
  if (error == std::errc::result_out_of_range) refuse(option, text, "is too large or too small");
  if (error != std::errc{}) refuse(option, text, "is not " + what);
}

}  // namespace

Index parse_count(const std::string& option, const std::string& text, Index least) {
  Index value = 0;
  check_read(read(text, value), option, text, "a whole number");
  if (value < least) refuse(option, text, "is less than " + std::to_string(least));
  return value;
}

std::uint64_t parse_seed(const std::string& option, const std::string& text) {
  std::uint64_t value = 0;
  check_read(read(text, value), option, text, "a whole number of 0 or more");
  return value;
}

double parse_number(const std::string& option, const std::string& text, double least) {
  double value = 0;
  check_read(read(text, value), option, text, "a number");
  if (!std::isfinite(value)) refuse(option, text, "is not a finite number");
  if (value < least) refuse(option, text, "is less than " + shortest(least));
  return value;
}

double parse_duration(const std::string& option, const std::string& text) {
  const std::string what = "a time: write seconds, M:S or H:M:S";
  double seconds = 0;
  std::size_t begin = 0;
  for (int field = 0;; ++field) {
    const std::size_t colon = text.find(':', begin);
    const bool last = colon == std::string::npos;
    const std::string part = text.substr(begin, last ? colon : colon - begin);
    double value = 0;
    if (last) {
      check_read(read(part, value), option, text, what);
    } else {
      Index whole = 0;
      check_read(read(part, whole), option, text, what);
      value = static_cast<double>(whole);
    }
    const bool in_range = std::isfinite(value) && value >= 0 && (field == 0 || value < 60);
    if (field > 2 || !in_range || part.starts_with('-')) refuse(option, text, "is not " + what);
    seconds = 60 * seconds + value;
    if (last) break;
    begin = colon + 1;
  }
  if (seconds <= 0) refuse(option, text, "is not above 0");
  return seconds;
}

GridShape parse_grid(const std::string& option, const std::string& text) {
  GridShape grid;
  const std::size_t cross = text.find('x');
  const bool read_both = cross != std::string::npos &&
                         read_whole(text.substr(0, cross), grid.rows) &&
                         read_whole(text.substr(cross + 1), grid.columns);
  if (!read_both || grid.rows < 1 || grid.columns < 1) {
    refuse(option, text, "is not a grid: write rows x columns of processes, as in 2x3");
  }
  // A grid beyond 2^31 processes would overflow when multiplied, and MPI counts none.
  constexpr Index kMost = Index{1} << 31;
  if (grid.rows > kMost / grid.columns)
    refuse(option, text, "has more processes than MPI can count");
  return grid;
}

Range parse_range(const std::string& option, const std::string& text) {
  Range range;
  const std::size_t colon = text.find(':');
  const bool read_both = colon != std::string::npos &&
                         read_whole(text.substr(0, colon), range.begin) &&
                         read_whole(text.substr(colon + 1), range.end);
  if (!read_both || range.begin < 0 || range.empty()) {
    refuse(option, text, "is not a range: write BEGIN:END with BEGIN < END, as in 0:8");
  }
  return range;
}

bool parse_switch(const std::string& option, const std::string& text) {
  return parse_choice<bool>(
      option, text,
      {{"yes", true}, {"no", false}, {"true", true}, {"false", false}, {"1", true}, {"0", false}});
}

std::string shortest(double value) {
  std::array<char, 32> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), end};
}

std::string short_exponent(std::string number) {
  for (const std::string exponent : {"e-0", "e+0"}) {
    const std::size_t position = number.find(exponent);
    if (position != std::string::npos) number.erase(position + 2, 1);
  }
  return number;
}

}  // namespace partita::app
