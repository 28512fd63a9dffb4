#pragma once

#include "partita/comm/communicator.hpp"
#include "partita/io/spread/matrix_rows.hpp"

#include <cstdint>

#include "io/formats/binary_output.hpp"
#include "io/formats/text_output.hpp"

namespace partita {

/// What this process writes of a matrix in CSR: its entries come behind those of rows before.
struct CsrShare {
  Range rows;
  Index entries_before = 0;
  Index all_entries = 0;
};

/// Counts entries (of dense rows the non-zeros). Collective over `comm`.
[[nodiscard]] CsrShare count_csr(const Communicator& comm, Range my_rows, const MatrixRows& matrix);

/// Writes this process's part of the three arrays; `ends` are those of its rows: the starts of the
/// rows behind them. Local. @tparam Place  type of columns and starts.
template <class Place>
void write_csr(const MatrixRows& matrix, const CsrShare& share, BinaryOutput& values,
               BinaryOutput& columns, BinaryOutput& ends) {
  Index row = share.rows.begin;
  Index entries = share.entries_before;
  const auto end_rows_before = [&](Index next) {
    for (; row < next; ++row) ends.put(static_cast<Place>(entries));
  };
  for_each_sparse_run(matrix, share.rows, [&](std::span<const MatrixEntry> run) {
    for (const MatrixEntry& entry : run) {
      end_rows_before(entry.row.value);
      values.put(entry.value);
      columns.put(static_cast<Place>(entry.column.value));
      ++entries;
    }
  });
  end_rows_before(share.rows.end);
  values.flush();
  columns.flush();
  ends.flush();
}

}  // namespace partita
