#include "select/choice/sentence_numbers.hpp"

#include <array>
#include <cstdio>

namespace partita {

std::string short_number(double value) {
  std::array<char, 32> text{};
  static_cast<void>(std::snprintf(text.data(), text.size(), "%.3g", value));
  return text.data();
}

std::string listed(std::span<const Index> values) {
  std::string text;
  for (const Index value : values) {
    if (!text.empty()) text += ", ";
    text += std::to_string(value);
  }
  return text;
}

}  // namespace partita
