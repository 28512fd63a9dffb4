#include "nearest_name.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace partita::app {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> two_above;
  std::vector<std::size_t> above(b.size() + 1);
  std::iota(above.begin(), above.end(), std::size_t{0});
  std::vector<std::size_t> current(b.size() + 1);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({above[j] + 1, current[j - 1] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        current[j] = std::min(current[j], two_above[j - 2] + 1);
      }
    }
    two_above = above;
    above = current;
  }
  return above.back();
}

std::optional<std::string> nearest_name(std::string_view word, std::span<const std::string> names) {
  const auto distance = [&](const std::string& name) { return edit_distance(word, name); };
  const auto nearest = std::ranges::min_element(names, {}, distance);
  if (nearest == names.end()) return {};
  const std::size_t close_enough = std::max<std::size_t>(1, nearest->size() / 3);
  if (distance(*nearest) <= close_enough) return *nearest;
  // An abbreviation is far by letters, yet what it means is plain.
  const auto continued = std::ranges::find_if(
      names, [&](const std::string& name) { return word.size() >= 3 && name.starts_with(word); });
  if (continued != names.end()) return *continued;
  return {};
}

std::string suggestion(std::string_view word, std::span<const std::string> names,
                       std::string_view prefix) {
  const auto name = nearest_name(word, names);
  return name ? "; did you mean '" + std::string(prefix) + *name + "'?" : "";
}

}  // namespace partita::app
