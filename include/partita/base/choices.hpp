#pragma once

#include <string>
#include <utility>
#include <vector>

namespace partita {

/// Names of a setting and what they stand for.
template <class Value>
using Choices = std::vector<std::pair<std::string, Value>>;

/// The name of a value in a table of choices.
template <class Value>
[[nodiscard]] std::string name_in(const Choices<Value>& choices, Value value) {
  for (const auto& [name, candidate] : choices) {
    if (candidate == value) return name;
  }
  return "unknown";
}

/// What a name of the table stands for; the first value for an unknown one.
template <class Value>
[[nodiscard]] Value value_in(const Choices<Value>& choices, const std::string& name) {
  for (const auto& [candidate, value] : choices) {
    if (candidate == name) return value;
  }
  return choices.front().second;
}

}  // namespace partita
