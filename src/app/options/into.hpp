#pragma once

#include "partita/base/index.hpp"

#include <string>

#include "base/choices.hpp"
#include "text_values.hpp"

// What an option does with the text of its value: put it into a place, which must outlive it.
namespace partita::app {

/// Takes a value into a place.
template <class Value, class Parse>
[[nodiscard]] auto into(Value& place, Parse parse) {
  return [&place, parse](const std::string& option, const std::string& text) {
    place = parse(option, text);
  };
}
[[nodiscard]] inline auto into(std::string& place) {
  return [&place](const std::string& /*option*/, const std::string& text) { place = text; };
}
[[nodiscard]] inline auto into(bool& place) {
  return [&place](const std::string& /*option*/, const std::string& /*text*/) { place = true; };
}
[[nodiscard]] inline auto into_count(Index& place, Index least) {
  return into(place, [least](const std::string& option, const std::string& text) {
    return parse_count(option, text, least);
  });
}
[[nodiscard]] inline auto into_number(double& place, double least) {
  return into(place, [least](const std::string& option, const std::string& text) {
    return parse_number(option, text, least);
  });
}
template <class Value>
[[nodiscard]] auto into_choice(Value& place, const Choices<Value>& choices) {
  return into(place, [&choices](const std::string& option, const std::string& text) {
    return parse_choice(option, text, choices);
  });
}

}  // namespace partita::app
