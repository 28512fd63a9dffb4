#pragma once

#include <hdf5.h>
#include <string>
#include <string_view>
#include <vector>

#include "io/files/hdf5_handle.hpp"
#include "io/files/hdf5_heap.hpp"

namespace partita {

/// Room for strings that HDF5 reads, of variable or of fixed length, and the strings in it.
class TextItems {
 public:
  /// @param type  of the strings in the file. @param heap  must outlive the items.
  TextItems(hid_t type, std::size_t count, const Hdf5Heap& heap)
      : heap_(heap),
        varies_(H5Tis_variable_str(type) > 0),
        type_(varies_ ? make_reference_type() : H5Tcopy(type), H5Tclose),
        padding_(varies_ ? H5T_STR_NULLTERM : H5Tget_strpad(type)),
        length_(H5Tget_size(type_.id())),
        bytes_(count * length_) {}

  /// The type in memory, and where HDF5 is to put them.
  [[nodiscard]] hid_t type() const { return type_.id(); }
  [[nodiscard]] void* data() { return bytes_.data(); }
  /// @throws Error (bad_data).
  [[nodiscard]] std::string at(std::size_t i) const {
    std::string_view text(bytes_.data() + i * length_, length_);
    if (varies_) {
      HeapReference reference;
      text.copy(reference.data(), reference.size());
      return heap_.text_of(reference);
    }
    text = text.substr(0, text.find('\0'));
    if (padding_ == H5T_STR_SPACEPAD) text = text.substr(0, text.find_last_not_of(' ') + 1);
    return std::string(text);
  }

 private:
  const Hdf5Heap& heap_;
  bool varies_;
  Hdf5Handle type_;
  H5T_str_t padding_;
  std::size_t length_;
  std::vector<char> bytes_;
};

}  // namespace partita
