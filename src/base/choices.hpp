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

}  // namespace partita
