#include "io/files/hdf5_file.hpp"

#include <algorithm>
#include <utility>

#include "io/files/hdf5_text.hpp"

namespace partita {

namespace {

/// Called when a link to another file would be followed: it is not.
herr_t refuse_link(const char* /*file*/, const char* /*group*/, const char* other_file,
                   const char* /*object*/, unsigned* /*flags*/, hid_t /*access*/, void* target) {
  *static_cast<std::string*>(target) = other_file;
  return -1;
}

/// "x" of "/x/".
std::string without_slashes(const std::string& object) {
  const std::size_t begin = object.find_first_not_of('/');
  if (begin == std::string::npos) return {};
  return object.substr(begin, object.find_last_not_of('/') - begin + 1);
}

struct NameList {
  std::vector<std::string> names;
  std::size_t most;
};

herr_t take_name(hid_t /*group*/, const char* name, const H5L_info_t* /*info*/, void* data) {
  auto& list = *static_cast<NameList*>(data);
  list.names.emplace_back(name);
  return list.names.size() < list.most ? 0 : 1;
}

/// Chunks of a dataset that are kept unpacked, since the next read may begin inside one.
constexpr std::size_t kChunkCache = std::size_t{1} << 23;
constexpr std::size_t kChunkSlots = 12421;  // a prime, as HDF5 wants it
constexpr double kEvictsWhatWasRead = 1;
/// Deflate packs at most 1032 to 1.
constexpr Index kLargestPacking = 1032;
/// Longest string of an attribute, or of a record.
constexpr std::size_t kLongestAttribute = std::size_t{1} << 16;

Hdf5Handle open_for_reading(const std::string& path) {
  const Hdf5Handle access(read_checked(H5Pcreate(H5P_FILE_ACCESS), path, "unreadable"), H5Pclose);
#if H5_VERSION_GE(1, 10, 7)
  H5Pset_file_locking(access.id(), false, true);  // many file systems of clusters have no locks
#endif
  H5Pset_cache(access.id(), 0, kChunkSlots, kChunkCache, kEvictsWhatWasRead);
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.id());
  return {read_checked(file, path, "not an HDF5 file that can be read"), H5Fclose};
}

/// What addresses in the file count from. @throws Error (bad_data) for a file whose addresses are
/// not of 8 bytes, as HDF5 writes them unless told otherwise.
Index base_of(hid_t file, const std::string& path) {
  const Hdf5Handle creation(read_checked(H5Fget_create_plist(file), path, "unreadable"), H5Pclose);
  hsize_t base = 0;
  std::size_t address_bytes = 0;
  std::size_t length_bytes = 0;
  read_checked(H5Pget_userblock(creation.id(), &base), path, "unreadable");
  read_checked(H5Pget_sizes(creation.id(), &address_bytes, &length_bytes), path, "unreadable");
  if (address_bytes == sizeof(Index) && length_bytes == sizeof(Index)) {
    return static_cast<Index>(base);
  }
  throw bad_file(path, "its addresses have " + std::to_string(address_bytes) +
                           " bytes and its lengths " + std::to_string(length_bytes) +
                           "; 8 are read (write it anew by h5repack)");
}

struct OpenAttribute {
  Hdf5Handle attribute;
  Hdf5Handle type;
  Hdf5Handle space;
};

OpenAttribute open_attribute(hid_t owner, const std::string& name, const std::string& path,
                             const std::string& what) {
  Hdf5Handle attribute(read_checked(H5Aopen(owner, name.c_str(), H5P_DEFAULT), path, what),
                       H5Aclose);
  Hdf5Handle type(read_checked(H5Aget_type(attribute.id()), path, what), H5Tclose);
  Hdf5Handle space(read_checked(H5Aget_space(attribute.id()), path, what), H5Sclose);
  return {std::move(attribute), std::move(type), std::move(space)};
}

}  // namespace

Hdf5File::Hdf5File(const std::string& path)
    : path_(path), file_(path), link_outside_(std::make_unique<std::string>()) {
  prepare_hdf5();
  if (file_.size() == 0) throw bad_file(path, "the file is empty");
  links_ = {read_checked(H5Pcreate(H5P_LINK_ACCESS), path, "unreadable"), H5Pclose};
  read_checked(H5Pset_elink_cb(links_.id(), refuse_link, link_outside_.get()), path, "unreadable");
  handle_ = open_for_reading(path);
  heap_ = std::make_unique<Hdf5Heap>(file_, path_, base_of(handle_.id(), path));
}

void Hdf5File::refuse_link_outside() const {
  if (link_outside_->empty()) return;
  const std::string target = *link_outside_;
  link_outside_->clear();
  throw bad_file(path_, "it links to another file, " + target +
                            ", which is not followed; put the data into one file (h5repack)");
}

Hdf5Kind Hdf5File::kind_of(const std::string& object) const {
  const std::string wanted = without_slashes(object);
  if (wanted.empty()) return Hdf5Kind::group;
  for (std::size_t end = 0; end != std::string::npos;) {
    end = wanted.find('/', end + 1);
    const htri_t there = H5Lexists(handle_.id(), wanted.substr(0, end).c_str(), links_.id());
    if (there <= 0) {
      refuse_link_outside();
      return Hdf5Kind::none;
    }
  }
  const hid_t id = H5Oopen(handle_.id(), wanted.c_str(), links_.id());
  if (id < 0) {
    refuse_link_outside();
    return Hdf5Kind::none;  // a link that leads nowhere
  }
  const Hdf5Handle found(id, H5Oclose);
  switch (H5Iget_type(id)) {
    case H5I_GROUP:
      return Hdf5Kind::group;
    case H5I_DATASET:
      return Hdf5Kind::dataset;
    default:
      return Hdf5Kind::other;
  }
}

Hdf5Handle Hdf5File::open_object(const std::string& object) const {
  const std::string wanted = without_slashes(object);
  const hid_t id = H5Oopen(handle_.id(), wanted.empty() ? "/" : wanted.c_str(), links_.id());
  if (id < 0) refuse_link_outside();
  return {read_checked(id, path_, "it has no " + wanted), H5Oclose};
}

std::vector<std::string> Hdf5File::names_in(const std::string& group, std::size_t most) const {
  const Hdf5Handle opened = open_object(group);
  NameList list{{}, most};
  hsize_t at = 0;
  read_checked(H5Literate(opened.id(), H5_INDEX_NAME, H5_ITER_INC, &at, take_name, &list), path_,
               "the group " + group + " is damaged");
  return list.names;
}

bool Hdf5File::has_attribute(hid_t object, const std::string& name) const {
  return read_checked(H5Aexists(object, name.c_str()), path_, "damaged attributes") > 0;
}

std::optional<std::string> Hdf5File::text_attribute(const std::string& object,
                                                    const std::string& name) const {
  const Hdf5Handle owner = open_object(object);
  if (!has_attribute(owner.id(), name)) return std::nullopt;
  const std::string what = "the attribute " + name + " of " + object + " is damaged";
  const auto [attribute, type, space] = open_attribute(owner.id(), name, path_, what);
  if (H5Tget_class(type.id()) != H5T_STRING) return std::nullopt;
  if (H5Sget_simple_extent_npoints(space.id()) != 1) return std::nullopt;
  if (H5Tget_size(type.id()) > kLongestAttribute) throw bad_file(path_, what);
  TextItems items(type.id(), 1, *heap_);
  read_checked(H5Aread(attribute.id(), items.type(), items.data()), path_, what);
  return items.at(0);
}

std::optional<std::vector<Index>> Hdf5File::whole_attribute(const std::string& object,
                                                            const std::string& name) const {
  constexpr hssize_t kMost = 32;
  const Hdf5Handle owner = open_object(object);
  if (!has_attribute(owner.id(), name)) return std::nullopt;
  const std::string what = "the attribute " + name + " of " + object + " is damaged";
  const auto [attribute, type, space] = open_attribute(owner.id(), name, path_, what);
  const hssize_t count = H5Sget_simple_extent_npoints(space.id());
  if (H5Tget_class(type.id()) != H5T_INTEGER || count < 0 || count > kMost) {
    throw bad_file(path_, what + ": whole numbers are expected");
  }
  std::vector<Index> values(static_cast<std::size_t>(count));
  if (count > 0) {
    read_checked(H5Aread(attribute.id(), H5T_NATIVE_INT64, values.data()), path_, what);
  }
  return values;
}

int Hdf5File::dimensions_of(const std::string& object) const {
  if (kind_of(object) != Hdf5Kind::dataset) return 0;
  const Hdf5Handle dataset = open_object(object);
  const Hdf5Handle type(read_checked(H5Dget_type(dataset.id()), path_, object), H5Tclose);
  const H5T_class_t kind = H5Tget_class(type.id());
  if (kind != H5T_INTEGER && kind != H5T_FLOAT && kind != H5T_ENUM) return 0;
  const Hdf5Handle space(read_checked(H5Dget_space(dataset.id()), path_, object), H5Sclose);
  return std::max(0, H5Sget_simple_extent_ndims(space.id()));
}

std::vector<std::string> Hdf5File::text_field(const std::string& object, const std::string& field,
                                              Index most) const {
  const std::string what = object + ": its field " + field + " cannot be read";
  const Hdf5Handle dataset = open_object(object);
  const Hdf5Handle records(read_checked(H5Dget_type(dataset.id()), path_, what), H5Tclose);
  const Hdf5Handle space(read_checked(H5Dget_space(dataset.id()), path_, what), H5Sclose);
  const hssize_t count = H5Sget_simple_extent_npoints(space.id());
  const int place = H5Tget_class(records.id()) == H5T_COMPOUND
                        ? H5Tget_member_index(records.id(), field.c_str())
                        : -1;
  if (place < 0 || count < 0 || count > most) throw bad_file(path_, what);
  const Hdf5Handle text(
      read_checked(H5Tget_member_type(records.id(), static_cast<unsigned>(place)), path_, what),
      H5Tclose);
  const std::size_t length = H5Tget_size(text.id());
  const bool fits =
      length <= kLongestAttribute && static_cast<Index>(length) * count <= kLargestPacking * size();
  if (H5Tget_class(text.id()) != H5T_STRING || !fits) throw bad_file(path_, what);
  TextItems items(text.id(), static_cast<std::size_t>(count), *heap_);
  const Hdf5Handle in_memory(
      read_checked(H5Tcreate(H5T_COMPOUND, H5Tget_size(items.type())), path_, what), H5Tclose);
  read_checked(H5Tinsert(in_memory.id(), field.c_str(), 0, items.type()), path_, what);
  read_checked(H5Dread(dataset.id(), in_memory.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, items.data()),
               path_, what);
  std::vector<std::string> texts;
  for (hssize_t i = 0; i < count; ++i) texts.push_back(items.at(static_cast<std::size_t>(i)));
  return texts;
}

}  // namespace partita
