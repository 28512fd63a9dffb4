#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/files/input_file.hpp"

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

/// A line of text is held whole; what has longer ones (a file without line ends, or one packed to
/// burst memory) is refused.
inline constexpr Index kLongestLine = Index{1} << 28;

/// The Error (bad_data) for such a line, or for the NUL bytes that it consists of.
[[nodiscard]] Error line_too_long(const std::string& path, std::string_view text);

/// Lines of a stream one after another, for headers and small files. A byte order mark is passed.
class LineReader {
 public:
  /// @throws Error (bad_data) for text in UTF-16 or UTF-32, and what reading throws.
  LineReader(ByteStream& stream, std::string path);
  /// The next line without its end (LF or CRLF); false at the end of the stream.
  /// @throws Error (bad_data) for a line that is too long or holds NUL bytes.
  bool next(std::string& line);
  /// Bytes and lines that next() has passed, and the byte order mark.
  [[nodiscard]] Index offset() const { return offset_; }
  [[nodiscard]] Index lines() const { return lines_; }

 private:
  /// Fills the buffer, which is used up; false at the end of the stream.
  bool refill();

  ByteStream& stream_;
  std::string path_;
  std::vector<char> buffer_;
  std::size_t at_ = 0;
  Index offset_ = 0;
  Index lines_ = 0;
};

}  // namespace partita
