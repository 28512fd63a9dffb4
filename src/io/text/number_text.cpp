#include "io/text/number_text.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <system_error>

namespace partita {

namespace {

bool is_digit(char c) {
  return static_cast<unsigned char>(c - '0') < 10;
}

/// Powers of ten that are exact in double.
constexpr std::array<double, 23> kPowers = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                            1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                            1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
/// Digits whose number is below 2^53.
constexpr int kExactDigits = 15;

/// Any number, as the standard library reads it.
const char* parse_any(const char* at, const char* end, double& value) {
  const bool plus = at != end && *at == '+';
  if (plus) {
    ++at;
    if (at != end && *at == '-') return nullptr;
  }
  const auto [next, error] = std::from_chars(at, end, value);
  if (error == std::errc{}) return next;
  if (error != std::errc::result_out_of_range) return nullptr;
  // from_chars leaves the value alone here; strtod tells too large from too small.
  value = std::strtod(std::string(at, next).c_str(), nullptr);
  return next;
}

bool is_number_text(char c) {
  return is_digit(c) || c == '+' || c == '-' || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/// The same with another decimal mark than a point.
const char* parse_any(const char* at, const char* end, double& value, char mark) {
  if (mark == kPoint) return parse_any(at, end, value);
  const char* const stop =
      std::find_if_not(at, end, [&](char c) { return c == mark || is_number_text(c); });
  std::string text(at, stop);
  std::ranges::replace(text, mark, kPoint);
  const char* const next = parse_any(text.data(), text.data() + text.size(), value);
  return next == nullptr ? nullptr : at + (next - text.data());
}

}  // namespace

const char* parse_index(const char* at, const char* end, Index& value) {
  std::uint64_t number = 0;
  const char* const start = at;
  for (; at != end && is_digit(*at); ++at) {
    number = number * 10 + static_cast<std::uint64_t>(*at - '0');
    if (at - start >= 18) return nullptr;
  }
  value = static_cast<Index>(number);
  return at == start ? nullptr : at;
}

const char* parse_double(const char* at, const char* end, double& value, char mark) {
  // Short plain decimals are exact as (integer below 2^53) / (power of ten): one rounding.
  const char* p = at;
  const bool negative = p != end && *p == '-';
  if (negative) ++p;
  std::uint64_t number = 0;
  const char* const first = p;
  while (p != end && is_digit(*p)) number = number * 10 + static_cast<std::uint64_t>(*p++ - '0');
  auto digits = p - first;
  std::ptrdiff_t decimals = 0;
  if (p != end && *p == mark) {
    const char* const point = ++p;
    while (p != end && is_digit(*p)) number = number * 10 + static_cast<std::uint64_t>(*p++ - '0');
    decimals = p - point;
    digits += decimals;
  }
  const bool goes_on = p != end && ((*p | 0x20) == 'e' || (*p | 0x20) == 'n' || (*p | 0x20) == 'i');
  if (digits == 0 || digits > kExactDigits || goes_on) return parse_any(at, end, value, mark);
  const double magnitude =
      static_cast<double>(number) / kPowers[static_cast<std::size_t>(decimals)];
  value = negative ? -magnitude : magnitude;
  return p;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

bool parse_field(std::string_view field, double& value, char mark) {
  field = trimmed(field);
  const char* const end = field.data() + field.size();
  return !field.empty() && parse_double(field.data(), end, value, mark) == end;
}

bool parse_whole(std::string_view word, Index& value) {
  const char* const end = word.data() + word.size();
  if (parse_index(word.data(), end, value) == end) return true;
  constexpr double kLargestExact = 9007199254740992.0;
  double real = 0;
  if (parse_double(word.data(), end, real) != end || !(std::abs(real) <= kLargestExact))
    return false;
  value = static_cast<Index>(real);
  return static_cast<double>(value) == real;
}

std::string number_text(double value) {
  std::string text;
  append_number(text, value);
  return text;
}

void append_number(std::string& text, double value) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  text.append(digits.data(), end);
}

void append_number(std::string& text, Index value) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  text.append(digits.data(), end);
}

std::string shown(std::string_view text) {
  constexpr std::size_t kLongest = 40;
  std::string result = "\"";
  for (const char c : text.substr(0, kLongest)) {
    result += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  }
  return result + (text.size() > kLongest ? "...\"" : "\"");
}

bool is_allowed(double value, ValueRule rule) {
  if (value >= 0 && value <= std::numeric_limits<double>::max()) return true;
  switch (rule) {
    case ValueRule::nonnegative:
      return false;
    case ValueRule::nonnegative_or_nan:
      return std::isnan(value);
    case ValueRule::finite:
      return std::isfinite(value);
    case ValueRule::finite_or_nan:
      return std::isfinite(value) || std::isnan(value);
    case ValueRule::any:
      return true;
  }
  return false;
}

std::size_t first_refused(std::span<const double> values, ValueRule rule) {
  // Nearly always all are allowed, which whole numbers tell in vectors: a sign, or the carry of an
  // exponent of ones only, ends in the highest bit.
  constexpr std::uint64_t kExponent = 0x7FF0'0000'0000'0000U;
  constexpr std::uint64_t kLastOfExponent = 0x0010'0000'0000'0000U;
  std::uint64_t suspect = 0;
  for (const double value : values) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    suspect |= bits | ((bits & kExponent) + kLastOfExponent);
  }
  if (suspect >> 63 == 0) return values.size();
  const auto bad =
      std::ranges::find_if_not(values, [&](double value) { return is_allowed(value, rule); });
  return static_cast<std::size_t>(bad - values.begin());
}

std::string refusal(double value) {
  const std::string start = "value " + number_text(value);
  if (std::isnan(value))
    return start + " is not a number; remove or fill in missing values, or take --nan missing";
  if (std::isinf(value)) return start + " is infinite; values must be finite";
  return start + " is negative; values must be zero or more";
}

}  // namespace partita
