// Zip archives: PKWARE's APPNOTE, 4.3 and 4.5.3 (sizes of more than 4 GiB).
#include "io/files/zip_file.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string_view>
#include <zlib.h>

namespace partita {

namespace {

constexpr Index kEndBytes = 22;
constexpr Index kLongestComment = 0xffff;
constexpr Index kLocatorBytes = 20;
constexpr Index kLargeEndBytes = 56;
constexpr Index kEntryBytes = 46;
constexpr Index kHeaderBytes = 30;
constexpr Index kLongestDirectory = Index{1} << 24;
constexpr Index kInLargeField = 0xffffffff;
/// Deflate packs at most 1032 to 1.
constexpr Index kLargestPacking = 1032;
constexpr std::size_t kInputBytes = std::size_t{1} << 16;

/// A number of some bytes, the least significant first.
Index number_at(std::string_view bytes, Index at, int length) {
  std::uint64_t number = 0;
  for (int b = length - 1; b >= 0; --b) {
    number = number << 8 | static_cast<unsigned char>(bytes[static_cast<std::size_t>(at + b)]);
  }
  const auto most = static_cast<std::uint64_t>(std::numeric_limits<Index>::max());
  return static_cast<Index>(std::min(number, most));
}

bool begins_with(std::string_view bytes, Index at, std::string_view signature) {
  return bytes.substr(static_cast<std::size_t>(at)).starts_with(signature);
}

struct Directory {
  Index offset = 0;
  Index bytes = 0;
  Index entries = 0;
};

class DirectoryReader {
 public:
  DirectoryReader(const InputFile& file, const std::string& path) : file_(file), path_(path) {}

  [[nodiscard]] std::vector<ZipMember> read() const {
    const Directory directory = find();
    const std::string bytes = bytes_at(directory.offset, directory.bytes);
    std::vector<ZipMember> members;
    Index at = 0;
    for (Index e = 0; e < directory.entries; ++e) {
      if (at + kEntryBytes > directory.bytes || !begins_with(bytes, at, "PK\1\2")) {
        throw bad_file(path_, "its zip directory is damaged");
      }
      const Index length = kEntryBytes + number_at(bytes, at + 28, 2) +
                           number_at(bytes, at + 30, 2) + number_at(bytes, at + 32, 2);
      if (at + length > directory.bytes) throw bad_file(path_, "its zip directory is damaged");
      members.push_back(parse(std::string_view(bytes).substr(static_cast<std::size_t>(at),
                                                             static_cast<std::size_t>(length))));
      at += length;
    }
    return members;
  }

 private:
  [[nodiscard]] std::string bytes_at(Index offset, Index length) const {
    std::string bytes(static_cast<std::size_t>(length), '\0');
    file_.read(offset, bytes);
    return bytes;
  }

  /// Where the directory is, told at the end of the file.
  [[nodiscard]] Directory find() const {
    const Index tail = std::min(file_.size(), kEndBytes + kLongestComment);
    const Index begin = file_.size() - tail;
    const std::string bytes = bytes_at(begin, tail);
    const std::size_t end = bytes.rfind("PK\5\6");
    if (end == std::string::npos || static_cast<Index>(end) + kEndBytes > tail) {
      throw bad_file(path_, "not a zip archive, or a truncated one");
    }
    const auto at = static_cast<Index>(end);
    Directory directory{number_at(bytes, at + 16, 4), number_at(bytes, at + 12, 4),
                        number_at(bytes, at + 10, 2)};
    const Index locator = at - kLocatorBytes;
    if (locator >= 0 && begins_with(bytes, locator, "PK\6\7")) {
      directory = find_large(number_at(bytes, locator + 8, 8));
    }
    const Index most = std::min(file_.size(), kLongestDirectory);
    if (directory.bytes > most || directory.offset > file_.size() - directory.bytes) {
      throw bad_file(path_, "its zip directory is damaged, or the file is truncated");
    }
    return directory;
  }

  [[nodiscard]] Directory find_large(Index offset) const {
    if (offset > file_.size() - kLargeEndBytes) {
      throw bad_file(path_, "its zip directory is damaged, or the file is truncated");
    }
    const std::string bytes = bytes_at(offset, kLargeEndBytes);
    if (!begins_with(bytes, 0, "PK\6\6")) throw bad_file(path_, "its zip directory is damaged");
    return {number_at(bytes, 48, 8), number_at(bytes, 40, 8), number_at(bytes, 32, 8)};
  }

  /// One entry of the directory.
  [[nodiscard]] ZipMember parse(std::string_view entry) const {
    const Index name_length = number_at(entry, 28, 2);
    ZipMember member;
    member.name = entry.substr(kEntryBytes, static_cast<std::size_t>(name_length));
    member.checksum = static_cast<std::uint32_t>(number_at(entry, 16, 4));
    member.packed_size = number_at(entry, 20, 4);
    member.size = number_at(entry, 24, 4);
    Index header = number_at(entry, 42, 4);
    const std::string_view extra = entry.substr(static_cast<std::size_t>(kEntryBytes + name_length),
                                                static_cast<std::size_t>(number_at(entry, 30, 2)));
    take_large_fields(extra, member, header);
    const auto bad = [&](const std::string& what) {
      return bad_file(path_ + ": " + member.name, what);
    };
    constexpr Index kEncrypted = 1;
    if ((number_at(entry, 8, 2) & kEncrypted) != 0) throw bad("it is encrypted");
    const Index method = number_at(entry, 10, 2);
    constexpr Index kStored = 0;
    constexpr Index kDeflated = 8;
    if (method != kStored && method != kDeflated) {
      throw bad("it is packed by method " + std::to_string(method) +
                " of zip; stored and deflated members are read");
    }
    member.is_packed = method == kDeflated;
    member.offset = bytes_after(header, bad);
    const bool fits = member.packed_size <= file_.size() - member.offset;
    const Index most = !member.is_packed ? member.packed_size
                       : fits            ? member.packed_size * kLargestPacking
                                         : 0;
    if (!fits || member.size > most || (!member.is_packed && member.size != most)) {
      throw bad("its size is more than the file can hold: it is truncated or damaged");
    }
    return member;
  }

  /// Fields that do not fit 32 bits stand in an extra one, in this order.
  static void take_large_fields(std::string_view extra, ZipMember& member, Index& header) {
    constexpr Index kLargeFields = 1;
    for (Index at = 0; at + 4 <= static_cast<Index>(extra.size());) {
      const Index length = number_at(extra, at + 2, 2);
      const Index end = std::min(at + 4 + length, static_cast<Index>(extra.size()));
      if (number_at(extra, at, 2) == kLargeFields) {
        Index next = at + 4;
        for (Index* field : {&member.size, &member.packed_size, &header}) {
          if (*field != kInLargeField || next + 8 > end) continue;
          *field = number_at(extra, next, 8);
          next += 8;
        }
      }
      at = end;
    }
  }

  /// Where the bytes of a member begin, behind its own header.
  template <class Bad>
  [[nodiscard]] Index bytes_after(Index header, Bad bad) const {
    if (header > file_.size() - kHeaderBytes) throw bad("it is beyond the end of the file");
    const std::string bytes = bytes_at(header, kHeaderBytes);
    if (!begins_with(bytes, 0, "PK\3\4")) throw bad("its header is damaged");
    const Index offset = header + kHeaderBytes + number_at(bytes, 26, 2) + number_at(bytes, 28, 2);
    if (offset > file_.size()) throw bad("it is beyond the end of the file");
    return offset;
  }

  const InputFile& file_;
  const std::string& path_;
};

}  // namespace

ZipFile::ZipFile(const std::string& path) : path_(path), file_(path) {
  if (file_.size() == 0) throw bad_file(path, "the file is empty");
  members_ = DirectoryReader(file_, path_).read();
}

const ZipMember* ZipFile::find(const std::string& name) const {
  const auto found = std::ranges::find(members_, name, &ZipMember::name);
  return found == members_.end() ? nullptr : &*found;
}

/// What inflate works on.
struct ZipReader::Unpacker {
  z_stream stream{};
  std::vector<char> input = std::vector<char>(kInputBytes);
  Index taken = 0;  ///< packed bytes given to inflate
  Index made = 0;   ///< bytes unpacked so far
  bool has_ended = false;
  uLong checksum = 0;
};

ZipReader::ZipReader(const ZipFile& archive, const ZipMember& member)
    : archive_(archive), member_(member) {
  if (!member.is_packed) return;
  unpacker_ = std::make_unique<Unpacker>();
  if (inflateInit2(&unpacker_->stream, -MAX_WBITS) != Z_OK) {
    throw Error(ErrorKind::internal, "zlib cannot begin to unpack");
  }
}

ZipReader::~ZipReader() {
  if (unpacker_) inflateEnd(&unpacker_->stream);
}

Error ZipReader::bad(const std::string& what) const {
  return bad_file(archive_.path() + ": " + member_.name, what);
}

void ZipReader::restart() {
  inflateReset(&unpacker_->stream);
  unpacker_->stream.avail_in = 0;
  unpacker_->taken = 0;
  unpacker_->made = 0;
  unpacker_->has_ended = false;
  unpacker_->checksum = 0;
}

void ZipReader::unpack(std::span<char> out) {
  constexpr std::size_t kMostAtATime = std::size_t{1} << 30;
  Unpacker& u = *unpacker_;
  while (!out.empty()) {
    if (u.has_ended) throw bad("truncated: it ends before the bytes that its header asks for");
    if (u.stream.avail_in == 0 && u.taken < member_.packed_size) {
      const auto count =
          std::min(static_cast<Index>(u.input.size()), member_.packed_size - u.taken);
      archive_.file().read(member_.offset + u.taken,
                           std::span(u.input).first(static_cast<std::size_t>(count)));
      u.stream.next_in = reinterpret_cast<Bytef*>(u.input.data());
      u.stream.avail_in = static_cast<uInt>(count);
      u.taken += count;
    }
    const std::size_t room = std::min(out.size(), kMostAtATime);
    u.stream.next_out = reinterpret_cast<Bytef*>(out.data());
    u.stream.avail_out = static_cast<uInt>(room);
    const int status = inflate(&u.stream, Z_NO_FLUSH);
    const std::size_t got = room - u.stream.avail_out;
    if (status != Z_OK && status != Z_STREAM_END) {
      throw bad(status == Z_BUF_ERROR ? "truncated" : "it cannot be unpacked: it is damaged");
    }
    u.checksum = crc32_z(u.checksum, reinterpret_cast<const Bytef*>(out.data()), got);
    u.made += static_cast<Index>(got);
    out = out.subspan(got);
    u.has_ended = status == Z_STREAM_END;
    if (u.made == member_.size && u.checksum != member_.checksum) {
      throw bad("its checksum is wrong: it is damaged");
    }
  }
}

void ZipReader::read(Index offset, std::span<char> out) {
  if (offset < 0 || static_cast<Index>(out.size()) > member_.size - offset) {
    throw bad("truncated: it ends before the bytes that its header asks for");
  }
  if (!unpacker_) {
    archive_.file().read(member_.offset + offset, out);
    return;
  }
  if (offset < unpacker_->made) restart();
  std::vector<char> passed;
  while (unpacker_->made < offset) {
    passed.resize(static_cast<std::size_t>(
        std::min(offset - unpacker_->made, static_cast<Index>(kInputBytes))));
    unpack(passed);
  }
  unpack(out);
}

}  // namespace partita
