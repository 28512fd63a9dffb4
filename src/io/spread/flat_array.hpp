#pragma once

#include "partita/base/index.hpp"

#include <span>

namespace partita {

/// An array of numbers in a file, as one process reads it. @throws Error (bad_data, input_output).
class FlatArray {
 public:
  virtual ~FlatArray() = default;
  [[nodiscard]] virtual Index length() const = 0;
  /// Elements that are unpacked together; reads of whole multiples of them are the cheapest.
  [[nodiscard]] virtual Index piece() const { return 1; }
  /// Whether what comes before an element has to be read with it: then reads should go forward.
  [[nodiscard]] virtual bool is_stream() const { return false; }
  /// @pre out.size() == range.size(), the range is within the array.
  virtual void read(Range range, std::span<double> out) = 0;
  /// Of whole numbers only.
  virtual void read(Range range, std::span<Index> out) = 0;
};

}  // namespace partita
