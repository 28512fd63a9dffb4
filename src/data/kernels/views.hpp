/// data/: one process's block of X, dense or sparse, and its products with skinny factors. kernels/
/// are what it computes with, a header for each kind of them; this one has the views of X that they
/// take. They know no MPI, no files and no solver.
///
/// Factors are tall: A is rows x width and S is held transposed, columns x width, both row-major
/// with no padding. Everything is declared for Real = double and float; the instruction set is
/// chosen at run time. Kernels allocate at most a cache-sized scratch, check nothing and throw
/// only std::bad_alloc. Outputs must not overlap inputs.
#pragma once

#include "partita/base/index.hpp"

#include <cstdint>

namespace partita::kernels {

/// A borrowed dense block, row-major: entry (i, j) is data[i * stride + j], stride >= columns.
template <typename Real>
struct DenseView {
  const Real* data = nullptr;
  Index rows = 0;
  Index columns = 0;
  Index stride = 0;
};

/// A borrowed panel of rows of a sparse block, by columns. A segment is what one column holds here,
/// at least an entry; entries follow each other segment by segment.
template <typename Real>
struct PanelView {
  const std::int32_t* column = nullptr;   ///< of segments, ascending
  const std::uint16_t* length = nullptr;  ///< of segments, in entries
  const std::uint16_t* row = nullptr;     ///< of entries, ascending within a segment
  const Real* value = nullptr;            ///< of entries
  Index segments = 0;
  Index entries = 0;
  Index rows = 0;
  Index columns = 0;  ///< of the whole block
};

}  // namespace partita::kernels
