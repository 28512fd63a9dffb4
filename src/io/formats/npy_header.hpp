#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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

/// What the beginning of a .npy file says, whatever its type and shape are.
struct NpyArray {
  std::string type;  ///< as it is written, without quotes: "<f8"
  bool fortran_order = false;
  std::vector<Index> shape;
  Index data_offset = 0;
};

/// Reads a header. @param read  puts bytes of the file from an offset on. @param size  of the file.
/// @throws Error (bad_data), with `path` in front.
using ReadBytes = std::function<void(Index offset, std::span<char> out)>;
[[nodiscard]] NpyArray read_npy_array(const ReadBytes& read, Index size, const std::string& path);

/// Takes a type of numbers into a header. @throws Error (bad_data) for any other type.
void set_npy_type(const std::string& path, std::string_view type, NpyHeader& header);

/// Reads and checks the header of a matrix, and the size of the file against it. On one process.
/// @throws Error (bad_data).
[[nodiscard]] NpyHeader read_npy_header(const InputFile& file, const std::string& path);

/// Header of a rows x columns array of double in this machine's byte order; its length is a
/// multiple of 64.
[[nodiscard]] std::string make_npy_header(Index rows, Index columns, bool fortran_order);

/// Header of an array of any type and shape, as they are written: "<i8", "(2,)".
[[nodiscard]] std::string make_npy_header(std::string_view type, std::string_view shape,
                                          bool fortran_order);
/// The type of a number of this machine: 'f' or 'i', and its bytes.
[[nodiscard]] std::string npy_type(char kind, int bytes);

}  // namespace partita
