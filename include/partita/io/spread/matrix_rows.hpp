#pragma once

#include "partita/base/index.hpp"
#include "partita/io/spread/matrix_source.hpp"

#include <functional>
#include <span>
#include <vector>

namespace partita {

struct MatrixEntry {
  GlobalIndex row;
  GlobalIndex column;
  double value = 0;
};

/// A matrix that a program makes row by row, to be written. Rows may be asked for more than once
/// and must come out the same. Dense ones set `fill`, sparse ones `list`.
struct MatrixRows {
  Index rows = 0;
  Index columns = 0;
  /// Writes the given rows into values (rows.size() x columns, row-major).
  std::function<void(Range rows, std::span<double> values)> fill;
  /// Appends the entries of the given rows, by row and then by column, each position once. A zero
  /// that is listed is stored where a format stores entries.
  std::function<void(Range rows, std::vector<MatrixEntry>& entries)> list;
  /// Names for text tables; may be empty. Rows on process 0, columns on every process.
  Labels labels;
};

}  // namespace partita
