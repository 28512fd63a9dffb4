#pragma once

#include "partita/base/index.hpp"

#include <string>

namespace partita {

/// The integer or decimal number that the whole text is; false when it is none.
[[nodiscard]] bool read_whole(const std::string& text, Index& value);
[[nodiscard]] bool read_whole(const std::string& text, double& value);

/// Bytes, above 0, with an optional K, M, G or T (powers of 1024).
/// @throws Error (usage) that names `what` and the text.
[[nodiscard]] double parse_bytes(const std::string& what, const std::string& text);

}  // namespace partita
