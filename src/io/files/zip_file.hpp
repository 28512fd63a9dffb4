#pragma once

#include "partita/base/index.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "io/files/input_file.hpp"

namespace partita {

/// A file inside a zip archive.
struct ZipMember {
  std::string name;
  bool is_packed = false;  ///< by deflate; else its bytes stand in the archive as they are
  Index offset = 0;        ///< of its bytes in the archive
  Index packed_size = 0;
  Index size = 0;
  std::uint32_t checksum = 0;  ///< CRC-32 of its bytes, unpacked
};

/// The directory of a zip archive, also of one of more than 4 GiB. On one process.
class ZipFile {
 public:
  /// @throws Error (no_input; bad_data for what is not a zip archive, or holds what is not read:
  /// other packings than deflate, encryption, sizes beyond those of the file).
  explicit ZipFile(const std::string& path);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const InputFile& file() const { return file_; }
  [[nodiscard]] const std::vector<ZipMember>& members() const { return members_; }
  /// nullptr where there is none of that name.
  [[nodiscard]] const ZipMember* find(const std::string& name) const;

 private:
  std::string path_;
  InputFile file_;
  std::vector<ZipMember> members_;
};

/// The bytes of a member, unpacked. Packed ones are cheap to read forward only: to go back means to
/// begin anew. On one process.
class ZipReader {
 public:
  /// @param archive, member  must outlive the reader.
  ZipReader(const ZipFile& archive, const ZipMember& member);
  ZipReader(const ZipReader&) = delete;
  ZipReader& operator=(const ZipReader&) = delete;
  ~ZipReader();

  /// Fills `out` with what begins at `offset`. @throws Error (bad_data where the member ends before
  /// or is damaged, input_output).
  void read(Index offset, std::span<char> out);

 private:
  struct Unpacker;

  [[nodiscard]] Error bad(const std::string& what) const;
  void unpack(std::span<char> out);
  void restart();

  const ZipFile& archive_;
  const ZipMember& member_;
  std::unique_ptr<Unpacker> unpacker_;
};

}  // namespace partita
