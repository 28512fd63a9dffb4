#pragma once

#include "partita/base/index.hpp"

#include <string>
#include <string_view>

namespace partita {

/// Bytes of the head of a text that are a UTF-8 byte order mark: 3 or 0.
[[nodiscard]] Index byte_order_mark(std::string_view head);

/// Refuses a text whose characters are wider than a byte. @param head  its first bytes.
/// @throws Error (bad_data) that names UTF-16 or UTF-32.
void refuse_wide_text(const std::string& path, std::string_view head);

/// What is wrong with a line that holds a NUL.
inline constexpr const char* kNulFault =
    "it holds NUL bytes: the file is torn or damaged, or it is not text";

}  // namespace partita
