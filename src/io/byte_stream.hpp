#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "io/input_file.hpp"

namespace partita {

/// The bytes of a file from its beginning, unpacked if it is gzip. On one process.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  /// Bytes put into `out`; fewer than its size only at the end. @throws Error (bad_data,
  /// input_output).
  virtual Index read(std::span<char> out) = 0;
};

/// Whether the file starts as gzip files do.
[[nodiscard]] bool is_gzip(const InputFile& file);

/// @param file  must outlive the stream.
[[nodiscard]] std::unique_ptr<ByteStream> open_stream(const InputFile& file,
                                                      const std::string& path);

/// Lines of a stream one after another, for headers and small files.
class LineReader {
 public:
  explicit LineReader(ByteStream& stream) : stream_(stream) {}
  /// The next line without its end (LF or CRLF); false at the end of the stream.
  bool next(std::string& line);
  /// Bytes and lines that next() has passed.
  [[nodiscard]] Index offset() const { return offset_; }
  [[nodiscard]] Index lines() const { return lines_; }

 private:
  bool refill();

  ByteStream& stream_;
  std::vector<char> buffer_;
  std::size_t at_ = 0;
  Index offset_ = 0;
  Index lines_ = 0;
};

}  // namespace partita
