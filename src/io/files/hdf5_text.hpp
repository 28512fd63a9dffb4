#pragma once

#include <hdf5.h>
#include <string>
#include <string_view>
#include <vector>

#include "io/files/hdf5_handle.hpp"

namespace partita {

/// Room for strings that HDF5 reads, of variable or of fixed length, and the strings in it.
class TextItems {
 public:
  /// @param type  of the strings in the file. @param space  in memory, of `count` elements.
  TextItems(hid_t type, hid_t space, std::size_t count)
      : space_(space),
        type_(H5Tcopy(type), H5Tclose),
        varies_(H5Tis_variable_str(type) > 0),
        padding_(H5Tget_strpad(type)),
        length_(varies_ ? sizeof(char*) : H5Tget_size(type)) {
    if (varies_) {
      pointers_.resize(count);
    } else {
      bytes_.resize(count * length_);
    }
  }
  TextItems(const TextItems&) = delete;
  TextItems& operator=(const TextItems&) = delete;
  ~TextItems() {
    if (filled_ && varies_) H5Dvlen_reclaim(type_.id(), space_, H5P_DEFAULT, pointers_.data());
  }

  [[nodiscard]] hid_t type() const { return type_.id(); }
  [[nodiscard]] void* data() {
    return varies_ ? static_cast<void*>(pointers_.data()) : static_cast<void*>(bytes_.data());
  }
  /// To be called once HDF5 has read: strings of variable length are then to be given back.
  void filled() { filled_ = true; }
  [[nodiscard]] std::string at(std::size_t i) const {
    if (varies_) return pointers_[i] == nullptr ? std::string() : std::string(pointers_[i]);
    std::string_view text(bytes_.data() + i * length_, length_);
    text = text.substr(0, text.find('\0'));
    if (padding_ == H5T_STR_SPACEPAD) text = text.substr(0, text.find_last_not_of(' ') + 1);
    return std::string(text);
  }

 private:
  hid_t space_;
  Hdf5Handle type_;
  bool varies_;
  H5T_str_t padding_;
  std::size_t length_;
  std::vector<char*> pointers_;
  std::vector<char> bytes_;
  bool filled_ = false;
};

}  // namespace partita
