#pragma once

#include <span>

#include "io/formats/npy_header.hpp"

namespace partita {

/// Values of the header's element type, out.size() of them at `bytes`, as double. A byte of a bool
/// is taken as the number that it is.
void convert_npy(const NpyHeader& header, const char* bytes, std::span<double> out);
/// The same of a type that is not real; what is beyond the range of Index becomes negative.
void convert_npy(const NpyHeader& header, const char* bytes, std::span<Index> out);

}  // namespace partita
