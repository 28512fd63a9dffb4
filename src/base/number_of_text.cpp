#include "base/number_of_text.hpp"

#include "partita/base/error.hpp"

#include <charconv>
#include <cmath>
#include <string_view>
#include <system_error>

namespace partita {

namespace {

template <class Number>
bool read(const std::string& text, Number& value) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && stop == end;
}

}  // namespace

bool read_whole(const std::string& text, Index& value) {
  return read(text, value);
}

bool read_whole(const std::string& text, double& value) {
  return read(text, value);
}

double parse_bytes(const std::string& what, const std::string& text) {
  constexpr std::string_view kUnits = "KMGT";
  std::string number = text;
  double unit = 1;
  const std::size_t position = text.empty() ? std::string_view::npos : kUnits.find(text.back());
  if (position != std::string_view::npos) {
    unit = std::pow(1024.0, static_cast<double>(position + 1));
    number.pop_back();
  }
  double value = 0;
  if (!read_whole(number, value) || !std::isfinite(value) || value <= 0) {
    throw Error(
        ErrorKind::usage,
        what + ": '" + text + "' is not a size: write bytes, or a number with K, M, G or T");
  }
  return value * unit;
}

}  // namespace partita
