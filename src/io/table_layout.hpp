#pragma once

#include "partita/io/matrix_source.hpp"

#include <string>
#include <vector>

#include "io/byte_stream.hpp"

namespace partita {

/// What the first lines of a delimited table tell of it.
struct TableLayout {
  bool has_header = false;
  bool has_row_labels = false;
  Index fields = 0;                        ///< in a line of data, the label included
  std::vector<std::string> column_labels;  ///< when it has a header
};

/// Looks at the first lines of a table on one process. A header row is one whose fields, but for
/// the first, are all words; a label column is one whose first two fields are words; an empty first
/// field of the table means both. `options` overrule what is seen.
/// @throws Error (bad_data).
[[nodiscard]] TableLayout find_layout(const std::string& path, ByteStream& stream, char separator,
                                      const ReadOptions& options);

/// Passes blank lines, and the header row when there is one.
void skip_header(LineReader& reader, const TableLayout& layout);

}  // namespace partita
