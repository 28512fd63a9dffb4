// HDF5 files for tests, written with HDF5's own functions.
#pragma once

#include <array>
#include <hdf5.h>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "io/files/hdf5_handle.hpp"

namespace partita::testing {

/// How a dataset is stored.
struct Stored {
  std::vector<hsize_t> chunk = {};
  bool gzip = false;
  bool shuffle = false;
  bool checksum = false;
};

/// Writes a file on one process.
class Hdf5Writer {
 public:
  explicit Hdf5Writer(const std::string& path) {
    Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    file_ = {H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.id()), H5Fclose};
    EXPECT_TRUE(file_.is_open()) << path;
  }
  [[nodiscard]] hid_t id() const { return file_.id(); }

  void group(const std::string& name) const {
    const Hdf5Handle made(
        H5Gcreate2(file_.id(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
    EXPECT_TRUE(made.is_open()) << name;
  }
  /// Values in a type of the file.
  void numbers(const std::string& name, const std::vector<hsize_t>& extents,
               const std::vector<double>& values, hid_t type = H5T_NATIVE_DOUBLE,
               const Stored& stored = {}) const {
    const Hdf5Handle space(
        H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr), H5Sclose);
    const Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    if (!stored.chunk.empty()) {
      H5Pset_chunk(creation.id(), static_cast<int>(stored.chunk.size()), stored.chunk.data());
    }
    if (stored.shuffle) H5Pset_shuffle(creation.id());
    if (stored.gzip) H5Pset_deflate(creation.id(), 4);
    if (stored.checksum) H5Pset_fletcher32(creation.id());
    const Hdf5Handle made(H5Dcreate2(file_.id(), name.c_str(), type, space.id(), H5P_DEFAULT,
                                     creation.id(), H5P_DEFAULT),
                          H5Dclose);
    ASSERT_TRUE(made.is_open()) << name;
    ASSERT_GE(H5Dwrite(made.id(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()),
              0);
  }
  void whole(const std::string& name, const std::vector<double>& values,
             const Stored& stored = {}) const {
    numbers(name, {values.size()}, values, H5T_STD_I32LE, stored);
  }
  /// Strings of variable length, or, with a length, of that one.
  void texts(const std::string& name, const std::vector<std::string>& texts,
             std::size_t length = H5T_VARIABLE) const {
    const Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type.id(), length);
    H5Tset_cset(type.id(), H5T_CSET_UTF8);
    if (length != H5T_VARIABLE) H5Tset_strpad(type.id(), H5T_STR_NULLPAD);
    const hsize_t count = texts.size();
    const Hdf5Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose);
    const Hdf5Handle made(H5Dcreate2(file_.id(), name.c_str(), type.id(), space.id(), H5P_DEFAULT,
                                     H5P_DEFAULT, H5P_DEFAULT),
                          H5Dclose);
    std::vector<const char*> pointers;
    std::string bytes;
    for (const std::string& text : texts) {
      pointers.push_back(text.c_str());
      if (length == H5T_VARIABLE) continue;
      bytes += text;
      bytes.resize(bytes.size() + length - text.size());
    }
    const void* data = length == H5T_VARIABLE ? static_cast<const void*>(pointers.data())
                                              : static_cast<const void*>(bytes.data());
    ASSERT_GE(H5Dwrite(made.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, data), 0);
  }
  void text_attribute(const std::string& object, const std::string& name,
                      const std::string& value) const {
    const Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type.id(), H5T_VARIABLE);
    const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose);
    const char* text = value.c_str();
    attribute(object, name, type.id(), space.id(), &text);
  }
  void whole_attribute(const std::string& object, const std::string& name,
                       const std::vector<std::int64_t>& values) const {
    const hsize_t count = values.size();
    const Hdf5Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose);
    attribute(object, name, H5T_NATIVE_INT64, space.id(), values.data());
  }

 private:
  void attribute(const std::string& object, const std::string& name, hid_t type, hid_t space,
                 const void* value) const {
    const Hdf5Handle made(H5Acreate_by_name(file_.id(), object.c_str(), name.c_str(), type, space,
                                            H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                          H5Aclose);
    ASSERT_GE(H5Awrite(made.id(), type, value), 0) << object << " " << name;
  }

  Hdf5Handle file_;
};

}  // namespace partita::testing
