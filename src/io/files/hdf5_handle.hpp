#pragma once

#include <hdf5.h>
#include <string>
#include <utility>

#include "io/files/input_file.hpp"

namespace partita {

/// An identifier of HDF5, closed when its owner goes.
class Hdf5Handle {
 public:
  using Close = herr_t (*)(hid_t);

  Hdf5Handle() = default;
  Hdf5Handle(hid_t id, Close close) : id_(id), close_(close) {}
  Hdf5Handle(Hdf5Handle&& other) noexcept
      : id_(std::exchange(other.id_, H5I_INVALID_HID)), close_(other.close_) {}
  Hdf5Handle& operator=(Hdf5Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  ~Hdf5Handle() {
    if (id_ >= 0) close_(id_);
  }

  [[nodiscard]] hid_t id() const { return id_; }
  [[nodiscard]] bool is_open() const { return id_ >= 0; }

 private:
  hid_t id_ = H5I_INVALID_HID;
  Close close_ = nullptr;
};

/// Makes HDF5 silent (its failures are thrown as Errors) and keeps it from loading filters that are
/// not part of it. Before any other call; may be called again.
void prepare_hdf5();

/// Why the last call of HDF5 failed, in its own words: one line, empty where it does not say.
[[nodiscard]] std::string hdf5_reason();

/// Hands on what a call of HDF5 gave. @throws Error (bad_data): "PATH: WHAT (reason of HDF5)" when
/// that is negative.
template <class Result>
Result read_checked(Result result, const std::string& path, const std::string& what) {
  if (result >= 0) return result;
  const std::string reason = hdf5_reason();
  throw bad_file(path, what + (reason.empty() ? "" : " (HDF5: " + reason + ")"));
}

}  // namespace partita
