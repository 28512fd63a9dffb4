#pragma once

#include "partita/base/index.hpp"

#include <string>
#include <vector>

#include "base/choices.hpp"
#include "options.hpp"
#include "options/into.hpp"
#include "text_values.hpp"

// Options of the common kinds. Each fills a place, which must outlive it; what is there now is the
// default that the help shows.
namespace partita::app {

[[nodiscard]] inline Option switch_option(const std::string& name, bool& place,
                                          const std::string& help) {
  return {name, 0, "", "", help, into(place)};
}

/// A name or a path, as it is written.
[[nodiscard]] inline Option name_option(const std::string& name, const std::string& argument,
                                        std::string& place, const std::string& help) {
  return {name, 0, argument, place, help, into(place)};
}

[[nodiscard]] inline Option count_option(const std::string& name, const std::string& argument,
                                         Index& place, Index least, const std::string& help) {
  return {name, 0, argument, std::to_string(place), help, into_count(place, least)};
}

[[nodiscard]] inline Option number_option(const std::string& name, const std::string& argument,
                                          double& place, double least, const std::string& help) {
  return {name, 0, argument, short_exponent(shortest(place)), help, into_number(place, least)};
}

/// @param choices  they must outlive the option.
template <class Value>
[[nodiscard]] Option choice_option(const std::string& name, Value& place,
                                   const Choices<Value>& choices, const std::string& help) {
  std::string argument;
  for (const auto& [word, value] : choices) argument += (argument.empty() ? "" : "|") + word;
  return {name, 0, argument, name_in(choices, place), help, into_choice(place, choices)};
}

/// The option, of which reports tell the value that `tell` gives.
template <class Tell>
[[nodiscard]] Option told(Option option, Told when, Tell tell) {
  option.told = when;
  option.tell = tell;
  return option;
}

/// Options one after another.
[[nodiscard]] inline std::vector<Option> joined(std::vector<Option> first,
                                                const std::vector<Option>& then) {
  first.insert(first.end(), then.begin(), then.end());
  return first;
}

}  // namespace partita::app
