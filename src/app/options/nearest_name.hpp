#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace partita::app {

/// Letters to insert, delete, replace or swap with their neighbour to turn one word into the other
/// (optimal string alignment).
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The name closest to `word`, the first of equals; nothing when none is close enough to be meant.
[[nodiscard]] std::optional<std::string> nearest_name(std::string_view word,
                                                      std::span<const std::string> names);

/// "; did you mean 'name'?", with `prefix` before the name, or nothing.
[[nodiscard]] std::string suggestion(std::string_view word, std::span<const std::string> names,
                                     std::string_view prefix = "");

}  // namespace partita::app
