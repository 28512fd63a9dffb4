#pragma once

#include "partita/base/index.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <zlib.h>

#include "io/files/atomic_file.hpp"

namespace partita {

/// Numbers on their way to one place of a file, through a bounded buffer, and their checksum.
class BinaryOutput {
 public:
  BinaryOutput(AtomicFile& file, Index offset) : file_(file), offset_(offset) {}

  template <class Number>
  void put(Number number) {
    bytes_.append(reinterpret_cast<const char*>(&number), sizeof(number));
    if (bytes_.size() >= kLargeBuffer) flush();
  }
  /// To be called at the end.
  void flush() {
    file_.write(offset_ + written_, bytes_);
    checksum_ = crc32_z(checksum_, reinterpret_cast<const Bytef*>(bytes_.data()), bytes_.size());
    written_ += static_cast<Index>(bytes_.size());
    bytes_.clear();
  }
  [[nodiscard]] Index written() const { return written_; }
  /// CRC-32 of what was written.
  [[nodiscard]] std::uint32_t checksum() const { return static_cast<std::uint32_t>(checksum_); }

 private:
  static constexpr std::size_t kLargeBuffer = std::size_t{1} << 20;

  AtomicFile& file_;
  Index offset_;
  Index written_ = 0;
  uLong checksum_ = 0;
  std::string bytes_;
};

}  // namespace partita
