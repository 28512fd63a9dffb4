#pragma once

#include "partita/io/spread/matrix_source.hpp"

#include <string>
#include <vector>

#include "io/formats/table_head.hpp"

namespace partita {

/// Separator and decimal mark of a table from its first lines, where `options` do not state them: a
/// separator fits when it cuts all lines (a header may lack one field) into the same number of
/// fields, most of them numbers. The one of the format comes first, but for a semicolon or a tab
/// that fits as well as the comma.
/// @param usual  the separator of the format, which is taken when none fits.
/// @param warnings  gets what may be meant otherwise.
/// @throws Error (bad_data) where a comma may be the decimal mark as well as the separator.
[[nodiscard]] Dialect find_dialect(const std::string& path, const TableHead& head, char usual,
                                   const ReadOptions& options, std::vector<std::string>& warnings);

/// "comma", "semicolon", "tab", "space" or the character.
[[nodiscard]] std::string separator_name(char separator);

}  // namespace partita
