#pragma once

#include "partita/io/spread/matrix_source.hpp"

#include <array>
#include <string>
#include <vector>

#include "io/text/byte_stream.hpp"
#include "io/text/fields.hpp"

namespace partita {

/// What the first lines of a delimited table tell of it.
struct TableLayout {
  Dialect dialect;
  bool has_header = false;
  bool has_row_labels = false;
  Index fields = 0;                        ///< in a line of data, the label included
  Index lines_above = 0;                   ///< of the file, above those of data
  std::vector<std::string> column_labels;  ///< when it has a header
  Reading reading;                         ///< what is said of it

  /// What every process needs to know.
  [[nodiscard]] std::array<Index, 5> packed() const {
    return {dialect.separator, dialect.decimal, has_header ? 1 : 0, has_row_labels ? 1 : 0, fields};
  }
  void unpack(const std::array<Index, 5>& facts);
};

/// Looks at the first lines of a table on one process: separator and decimal mark (find_dialect),
/// header row and label column (find_header, find_row_labels). Lines on top that start with # are
/// comments; the last of them is the header when it has the names of the columns. `options`
/// overrule what is seen. @throws Error (bad_data).
/// @param usual  the separator of the format.
[[nodiscard]] TableLayout find_layout(const std::string& path, ByteStream& stream, char usual,
                                      const ReadOptions& options);

/// Passes the lines above the data.
void skip_header(LineReader& reader, const TableLayout& layout);

}  // namespace partita
