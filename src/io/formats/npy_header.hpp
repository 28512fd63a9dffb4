#pragma once

#include <string>

#include "io/files/input_file.hpp"

namespace partita {

/// How the values of a .npy file lie in it.
struct NpyHeader {
  char kind = 'f';  ///< as in NumPy: f real, i signed, u unsigned, b bool
  Index item_bytes = 8;
  bool swapped = false;  ///< the other byte order than this machine's
  bool fortran_order = false;
  Index rows = 0;
  Index columns = 0;
  Index data_offset = 0;
};

/// Reads and checks the header, and the size of the file against it. On one process.
/// @throws Error (bad_data).
[[nodiscard]] NpyHeader read_npy_header(const InputFile& file, const std::string& path);

/// Header of a rows x columns array of double in this machine's byte order; its length is a
/// multiple of 64.
[[nodiscard]] std::string make_npy_header(Index rows, Index columns, bool fortran_order);

}  // namespace partita
