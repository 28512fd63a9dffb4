#pragma once

#include "partita/base/index.hpp"

#include <array>
#include <hdf5.h>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "io/files/input_file.hpp"

namespace partita {

/// How a dataset refers to a string of variable length: its length, and an object of a heap.
using HeapReference = std::array<char, 16>;

/// A type in memory as which strings of variable length are read as their references. (HDF5 itself
/// follows references wherever they lead, also out of its heap.) To be closed by the caller.
[[nodiscard]] hid_t make_reference_type();
/// Teaches HDF5 to read them so. Once a program, after prepare_hdf5.
void register_reference_type();

/// Strings of variable length in an HDF5 file: global heaps, version 1, of the "HDF5 File Format
/// Specification". Local. @throws Error (bad_data, input_output).
class Hdf5Heap {
 public:
  /// @param base  what addresses in the file count from. @param file, path  must outlive the heap.
  Hdf5Heap(const InputFile& file, const std::string& path, Index base)
      : file_(file), path_(path), base_(base) {}

  /// The string that a reference means, up to a NUL in it.
  [[nodiscard]] std::string text_of(const HeapReference& reference) const;

 private:
  struct Place {
    Index begin = 0;
    Index size = 0;
  };
  struct Collection {
    std::vector<char> bytes;
    std::map<Index, Place> objects;  ///< by number
  };
  [[nodiscard]] const Collection& collection_at(Index address) const;
  [[nodiscard]] Error damaged() const;

  const InputFile& file_;
  const std::string& path_;
  Index base_;
  mutable std::map<Index, Collection> collections_;  ///< those read last, by address
  mutable Index held_ = 0;                           ///< bytes of them
};

}  // namespace partita
