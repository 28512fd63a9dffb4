#pragma once

#include "partita/io/spread/matrix_source.hpp"

#include <functional>
#include <memory>
#include <string>

namespace partita {

/// A matrix without its NaN: they are entries that are not stored. The view is sparse, whatever the
/// file is.
[[nodiscard]] std::unique_ptr<MatrixSource> without_nan(std::unique_ptr<MatrixSource> source);

/// A matrix whose stored values are replaced one by one. @param value  of (row, column, value) with
/// positions counted from 0 in the whole matrix; may throw Error.
using ValueOf = std::function<double(Index row, Index column, double value)>;
[[nodiscard]] std::unique_ptr<MatrixSource> with_values(std::unique_ptr<MatrixSource> source,
                                                        ValueOf value);

/// A matrix whose rows, columns or both have other names. @param labels  of rows on process 0, of
/// columns on every process; those of a side that is not replaced stay.
struct NamedSides {
  bool rows = false;
  bool columns = false;
};
[[nodiscard]] std::unique_ptr<MatrixSource> with_names(std::unique_ptr<MatrixSource> source,
                                                       NamedSides replaced, Labels labels);

}  // namespace partita
