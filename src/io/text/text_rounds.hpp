#pragma once

#include "partita/comm/communicator.hpp"

#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "io/files/input_file.hpp"
#include "io/text/byte_stream.hpp"

namespace partita {

/// An opened text file, plain or gzip, and where its body begins.
struct TextFile {
  std::string path;
  InputFile file;
  bool gzip = false;
  Index body_offset = 0;  ///< (unpacked) bytes before the body
  Index body_line = 0;    ///< lines before the body

  /// Bytes of the body; of a gzip file, a bound that no packing exceeds.
  [[nodiscard]] Index largest_body() const;
};

/// Opens a text file and lets process 0 read its header. Collective. @throws Error on every
/// process.
/// @param read_header  called on process 0; the lines that it takes are not part of the body.
[[nodiscard]] TextFile open_text(const Communicator& world, const std::string& path,
                                 const std::function<void(LineReader&)>& read_header);

inline constexpr char kNoComment = '\0';

/// How a body is dealt out.
struct TextOptions {
  char comment = kNoComment;  ///< lines that start with it are not records (nor are blank lines)
  Index chunk_bytes = 0;      ///< text per process and round; a longer line is taken whole
};

/// Deals the body of a text file to the processes in rounds: in round t, process p gets the lines
/// that start in chunk t P + p of the body. Plain files are read by all processes at once; gzip
/// files are unpacked by process 0, which sends the chunks on. Since rounds and ranks follow the
/// file, the first fault in the file is that of the first round with one, on its lowest process.
class TextRounds {
 public:
  TextRounds(const Communicator& world, const TextFile& text, const TextOptions& options);

  /// Fetches the next round; false, on every process, when the body is used up. Collective.
  /// @throws Error (bad_data, input_output) on every process: also for NUL bytes in any line, the
  /// first one of the round, and for a line that is too long to be held.
  bool next();

  /// Whole lines, perhaps none.
  [[nodiscard]] std::string_view chunk() const { return chunk_; }
  [[nodiscard]] Index first_line() const { return first_line_; }      ///< number of its first line
  [[nodiscard]] Index first_record() const { return first_record_; }  ///< records before it
  /// Records in all rounds so far.
  [[nodiscard]] Index records() const { return records_; }

 private:
  void read_plain();
  bool receive_unpacked();
  std::vector<char> unpack_chunk();
  void number_lines();

  const Communicator& world_;
  const TextFile& text_;
  TextOptions options_;
  std::unique_ptr<ByteStream> stream_;  ///< process 0 of a gzip file
  std::vector<char> pending_;           ///< unpacked text after the last line dealt out
  std::exception_ptr failure_;          ///< of reading or unpacking here
  Index round_ = 0;
  std::vector<char> buffer_;
  std::string_view chunk_;
  Index first_line_ = 0;
  Index first_record_ = 0;
  Index lines_ = 0;
  Index records_ = 0;
};

/// Calls visit(line, number) for the records of a chunk whose first line has number `first`; lines
/// come without their end (LF or CRLF).
template <class Visit>
void for_each_record(std::string_view chunk, Index first, char comment, Visit visit) {
  Index number = first;
  for (std::size_t at = 0; at < chunk.size(); ++number) {
    const std::size_t end = std::min(chunk.find('\n', at), chunk.size());
    std::string_view line = chunk.substr(at, end - at);
    at = end + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::size_t start = line.find_first_not_of(" \t");
    if (start == std::string_view::npos) continue;
    if (comment != kNoComment && line[start] == comment) continue;
    visit(line, number);
  }
}

}  // namespace partita
