#pragma once

#include <string>
#include <vector>

#include "job/line_names.hpp"
#include "job/predictions.hpp"

namespace partita::app {

/// A line of a file of pairs: a place, and how it was written.
struct WrittenPair {
  MatrixPlace place;
  bool row_by_name;
  bool column_by_name;
};

/// Reads a table whose first two columns are rows and columns of a model, by name or number; more
/// columns are passed over, and so is a first line that is `row,column` or, where not both have
/// names, neither a row nor a column. Fields are separated by commas, or by tabs or semicolons
/// where the first line has no comma. On one process.
/// @throws Error (no_input; bad_data with the line and the value).
[[nodiscard]] std::vector<WrittenPair> read_pairs(const std::string& path, const LineNames& rows,
                                                  const LineNames& columns);

}  // namespace partita::app
