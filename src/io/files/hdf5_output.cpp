#include "io/files/hdf5_output.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/interruption.hpp"

namespace partita {

namespace {

/// Strings that are written at a time.
constexpr std::size_t kTextsAtATime = std::size_t{1} << 14;

hid_t type_of(Hdf5Number type) {
  switch (type) {
    case Hdf5Number::real:
      return H5T_NATIVE_DOUBLE;
    case Hdf5Number::whole_32:
      return H5T_NATIVE_INT32;
    case Hdf5Number::whole_64:
      return H5T_NATIVE_INT64;
  }
  return H5I_INVALID_HID;
}

std::vector<hsize_t> sizes_of(std::span<const Index> extents) {
  return {extents.begin(), extents.end()};
}

}  // namespace

template <class Result>
Result NewHdf5File::checked(Result result) const {
  if (result >= 0) return result;
  throw Error(ErrorKind::internal, name_ + ": writing failed (HDF5: " + hdf5_reason() + ")");
}

NewHdf5File::NewHdf5File(std::string name) : name_(std::move(name)) {
  text_ = {checked(H5Tcopy(H5T_C_S1)), H5Tclose};
  checked(H5Tset_size(text_.id(), H5T_VARIABLE));
  checked(H5Tset_cset(text_.id(), H5T_CSET_UTF8));
  const Hdf5Handle creation(checked(H5Pcreate(H5P_FILE_CREATE)), H5Pclose);
  checked(H5Pset_obj_track_times(creation.id(), false));
  file_ = {checked(H5Fcreate(name_.c_str(), H5F_ACC_TRUNC, creation.id(), memory_.access())),
           H5Fclose};
}

void NewHdf5File::add_group(const std::string& object) {
  const Hdf5Handle creation(checked(H5Pcreate(H5P_GROUP_CREATE)), H5Pclose);
  checked(H5Pset_obj_track_times(creation.id(), false));
  const Hdf5Handle group(
      checked(H5Gcreate2(file_.id(), object.c_str(), H5P_DEFAULT, creation.id(), H5P_DEFAULT)),
      H5Gclose);
}

Index NewHdf5File::add_numbers(const std::string& object, std::span<const Index> extents,
                               Hdf5Number type) {
  const std::vector<hsize_t> sizes = sizes_of(extents);
  const Hdf5Handle space(
      checked(H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr)), H5Sclose);
  const Hdf5Handle creation(checked(H5Pcreate(H5P_DATASET_CREATE)), H5Pclose);
  checked(H5Pset_obj_track_times(creation.id(), false));
  checked(H5Pset_alloc_time(creation.id(), H5D_ALLOC_TIME_EARLY));
  checked(H5Pset_fill_time(creation.id(), H5D_FILL_TIME_NEVER));
  const Hdf5Handle dataset(checked(H5Dcreate2(file_.id(), object.c_str(), type_of(type), space.id(),
                                              H5P_DEFAULT, creation.id(), H5P_DEFAULT)),
                           H5Dclose);
  const haddr_t place = H5Dget_offset(dataset.id());
  const bool is_empty = std::ranges::find(extents, Index{0}) != extents.end();
  if (place == HADDR_UNDEF) return is_empty ? 0 : checked(Index{-1});
  return static_cast<Index>(place);
}

void NewHdf5File::add_texts(const std::string& object, const std::vector<std::string>& texts) {
  const hsize_t count = texts.size();
  const Hdf5Handle space(checked(H5Screate_simple(1, &count, nullptr)), H5Sclose);
  const Hdf5Handle creation(checked(H5Pcreate(H5P_DATASET_CREATE)), H5Pclose);
  checked(H5Pset_obj_track_times(creation.id(), false));
  const Hdf5Handle dataset(checked(H5Dcreate2(file_.id(), object.c_str(), text_.id(), space.id(),
                                              H5P_DEFAULT, creation.id(), H5P_DEFAULT)),
                           H5Dclose);
  std::vector<const char*> pointers;
  for (std::size_t begin = 0; begin < texts.size(); begin += kTextsAtATime) {
    check_interrupted();
    const hsize_t some = std::min(kTextsAtATime, texts.size() - begin);
    const hsize_t from = begin;
    pointers.clear();
    for (std::size_t i = begin; i < begin + some; ++i) pointers.push_back(texts[i].c_str());
    const Hdf5Handle memory(checked(H5Screate_simple(1, &some, nullptr)), H5Sclose);
    checked(H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, &from, nullptr, &some, nullptr));
    checked(H5Dwrite(dataset.id(), text_.id(), memory.id(), space.id(), H5P_DEFAULT,
                     static_cast<const void*>(pointers.data())));
  }
}

void NewHdf5File::set(const std::string& object, const std::string& name, hid_t type, hid_t space,
                      const void* value) {
  const Hdf5Handle attribute(
      checked(H5Acreate_by_name(file_.id(), object.c_str(), name.c_str(), type, space, H5P_DEFAULT,
                                H5P_DEFAULT, H5P_DEFAULT)),
      H5Aclose);
  if (value != nullptr) checked(H5Awrite(attribute.id(), type, value));
}

void NewHdf5File::set_text(const std::string& object, const std::string& name,
                           const std::string& value) {
  const Hdf5Handle space(checked(H5Screate(H5S_SCALAR)), H5Sclose);
  const char* const text = value.c_str();
  set(object, name, text_.id(), space.id(), static_cast<const void*>(&text));
}

void NewHdf5File::set_wholes(const std::string& object, const std::string& name,
                             std::span<const Index> values) {
  const hsize_t count = values.size();
  const Hdf5Handle space(checked(H5Screate_simple(1, &count, nullptr)), H5Sclose);
  set(object, name, H5T_NATIVE_INT64, space.id(), values.data());
}

void NewHdf5File::set_no_texts(const std::string& object, const std::string& name) {
  const hsize_t count = 0;
  const Hdf5Handle space(checked(H5Screate_simple(1, &count, nullptr)), H5Sclose);
  set(object, name, text_.id(), space.id(), nullptr);
}

void NewHdf5File::close(
    const std::function<void(Index offset, std::span<const char> bytes)>& write) {
  checked(H5Fflush(file_.id(), H5F_SCOPE_GLOBAL));
  file_ = {};
  memory_.write_out(write);
}

}  // namespace partita
