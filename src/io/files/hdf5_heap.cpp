#include "io/files/hdf5_heap.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>

namespace partita {

namespace {

constexpr const char* kTag = "partita reference";
constexpr Index kCollectionHeader = 16;
constexpr Index kObjectHeader = 16;
/// Collections that are held together; each has 4 KiB, or one long string.
constexpr Index kMostHeld = Index{1} << 22;

Index number_at(std::string_view bytes, Index at, int length) {
  std::uint64_t number = 0;
  for (int b = length - 1; b >= 0; --b) {
    number = number << 8 | static_cast<unsigned char>(bytes[static_cast<std::size_t>(at + b)]);
  }
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<Index>::max());
  return static_cast<Index>(std::min(number, kMost));
}

/// The conversion: references stay as they are in the file.
herr_t keep_references(hid_t source, hid_t target, H5T_cdata_t* data, std::size_t /*count*/,
                       std::size_t /*step*/, std::size_t /*background_step*/, void* /*bytes*/,
                       void* /*background*/, hid_t /*transfer*/) {
  if (data->command != H5T_CONV_INIT) return 0;
  data->need_bkg = H5T_BKG_NO;
  const bool fits = H5Tis_variable_str(source) > 0 &&
                    H5Tget_size(source) == sizeof(HeapReference) &&
                    H5Tget_size(target) == sizeof(HeapReference);
  return fits ? 0 : -1;
}

}  // namespace

hid_t make_reference_type() {
  const hid_t type = H5Tcreate(H5T_OPAQUE, sizeof(HeapReference));
  if (type >= 0) H5Tset_tag(type, kTag);
  return type;
}

void register_reference_type() {
  const hid_t text = H5Tcopy(H5T_C_S1);
  H5Tset_size(text, H5T_VARIABLE);
  const hid_t reference = make_reference_type();
  H5Tregister(H5T_PERS_SOFT, kTag, text, reference, keep_references);
  H5Tclose(reference);
  H5Tclose(text);
}

Error Hdf5Heap::damaged() const {
  return bad_file(path_, "its strings are damaged: they are not where it says");
}

const Hdf5Heap::Collection& Hdf5Heap::collection_at(Index address) const {
  const auto held = collections_.find(address);
  if (held != collections_.end()) return held->second;
  const Index begin = address > file_.size() - base_ ? -1 : base_ + address;
  if (begin < 0 || begin > file_.size() - kCollectionHeader) throw damaged();
  std::string header(kCollectionHeader, '\0');
  file_.read(begin, header);
  const Index size = number_at(header, 8, 8);
  if (!header.starts_with("GCOL\1") || size < kCollectionHeader || size > file_.size() - begin) {
    throw damaged();
  }
  Collection collection;
  collection.bytes.resize(static_cast<std::size_t>(size));
  file_.read(begin, collection.bytes);
  const std::string_view bytes(collection.bytes.data(), collection.bytes.size());
  for (Index at = kCollectionHeader; at + kObjectHeader <= size;) {
    const Index number = number_at(bytes, at, 2);
    if (number == 0) break;  // the free space at the end
    const Index length = number_at(bytes, at + 8, 8);
    if (length > size - at - kObjectHeader) throw damaged();
    collection.objects[number] = {at + kObjectHeader, length};
    at += kObjectHeader + (length + 7) / 8 * 8;
  }
  if (held_ > kMostHeld) {
    collections_.clear();
    held_ = 0;
  }
  held_ += size;
  return collections_[address] = std::move(collection);
}

std::string Hdf5Heap::text_of(const HeapReference& reference) const {
  const std::string_view bytes(reference.data(), reference.size());
  const Index length = number_at(bytes, 0, 4);
  const Index address = number_at(bytes, 4, 8);
  if (length == 0 || address == 0) return {};
  const Collection& collection = collection_at(address);
  const auto found = collection.objects.find(number_at(bytes, 12, 4));
  if (found == collection.objects.end() || length > found->second.size) throw damaged();
  const std::string_view text(collection.bytes.data() + found->second.begin,
                              static_cast<std::size_t>(length));
  return std::string(text.substr(0, text.find('\0')));
}

}  // namespace partita
