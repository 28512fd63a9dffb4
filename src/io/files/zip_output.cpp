#include "io/files/zip_output.hpp"

namespace partita {

namespace {

constexpr int kVersion = 45;           // of the format, the first with sizes of more than 4 GiB
constexpr int kFirstDay = 1 << 5 | 1;  // 1 January 1980
constexpr std::uint32_t kInLargeField = 0xffffffff;
constexpr Index kHeaderBytes = 30;
constexpr Index kLargeFieldBytes = 20;
constexpr Index kLargeEntryBytes = 28;

/// A number in so many bytes, the least significant first.
void put(std::string& bytes, Index number, int length) {
  for (int b = 0; b < length; ++b) bytes += static_cast<char>(number >> (8 * b) & 0xff);
}

/// What headers and entries of the directory have in common: packing, time, checksum, sizes, which
/// stand in the extra field.
void put_common(std::string& bytes, const NewZipMember& member, Index extra_bytes) {
  put(bytes, kVersion, 2);
  put(bytes, 0, 2);  // no flags
  put(bytes, 0, 2);  // not packed
  put(bytes, 0, 2);  // midnight
  put(bytes, kFirstDay, 2);
  put(bytes, static_cast<Index>(member.checksum), 4);
  put(bytes, kInLargeField, 4);
  put(bytes, kInLargeField, 4);
  put(bytes, static_cast<Index>(member.name.size()), 2);
  put(bytes, extra_bytes, 2);
}

void put_large_sizes(std::string& bytes, const NewZipMember& member, Index field_bytes) {
  put(bytes, 1, 2);
  put(bytes, field_bytes - 4, 2);
  put(bytes, member.size, 8);
  put(bytes, member.size, 8);
}

}  // namespace

Index zip_header_size(const std::string& name) {
  return kHeaderBytes + static_cast<Index>(name.size()) + kLargeFieldBytes;
}

std::string zip_header(const NewZipMember& member) {
  std::string bytes = "PK\3\4";
  put_common(bytes, member, kLargeFieldBytes);
  bytes += member.name;
  put_large_sizes(bytes, member, kLargeFieldBytes);
  return bytes;
}

std::string zip_directory(const std::vector<NewZipMember>& members, Index begin) {
  std::string bytes;
  for (const NewZipMember& member : members) {
    bytes += "PK\1\2";
    put(bytes, kVersion, 2);
    put_common(bytes, member, kLargeEntryBytes);
    put(bytes, 0, 2);  // no comment
    put(bytes, 0, 2);  // on the first disk
    put(bytes, 0, 2);
    put(bytes, 0, 4);
    put(bytes, kInLargeField, 4);
    bytes += member.name;
    put_large_sizes(bytes, member, kLargeEntryBytes);
    put(bytes, member.header, 8);
  }
  const auto length = static_cast<Index>(bytes.size());
  const auto count = static_cast<Index>(members.size());
  bytes += "PK\6\6";  // the end, with large fields
  put(bytes, 44, 8);
  put(bytes, kVersion, 2);
  put(bytes, kVersion, 2);
  put(bytes, 0, 8);
  put(bytes, count, 8);
  put(bytes, count, 8);
  put(bytes, length, 8);
  put(bytes, begin, 8);
  bytes += "PK\6\7";  // where that is
  put(bytes, 0, 4);
  put(bytes, begin + length, 8);
  put(bytes, 1, 4);
  bytes += "PK\5\6";  // the end as others know it
  put(bytes, 0, 4);
  put(bytes, count, 2);
  put(bytes, count, 2);
  put(bytes, kInLargeField, 4);
  put(bytes, kInLargeField, 4);
  put(bytes, 0, 2);
  return bytes;
}

}  // namespace partita
