#include "io/text/text_rounds.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <span>

#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "io/text/text_encoding.hpp"

namespace partita {

namespace {

/// Deflate packs at most 1032 to 1.
constexpr Index kLargestPacking = 1032;
/// Unpacked text that process 0 holds at a time, as far as chunk sizes allow.
constexpr Index kUnpackedBytes = Index{1} << 26;
constexpr Index kSmallestChunk = Index{1} << 12;
/// What processes tell each other of a round: lines, records, whether reading failed, and the line
/// with the first NUL (counted from 0 in the chunk, or kNone).
constexpr std::size_t kFacts = 4;
constexpr Index kNone = -1;
constexpr std::size_t kLineEndPiece = std::size_t{1} << 12;
constexpr std::size_t kLargestPiece = std::size_t{1} << 24;

/// The line of a chunk, counted from 0, that holds the first NUL; kNone when there is none.
Index line_with_nul(std::string_view chunk) {
  const std::size_t place = chunk.find('\0');
  if (place == chunk.npos) return kNone;
  return static_cast<Index>(std::ranges::count(chunk.substr(0, place), '\n'));
}

Index chunk_bytes(const TextFile& text, Index asked, Index processes) {
  if (text.gzip) {
    return std::min(asked, std::max(kSmallestChunk, kUnpackedBytes / processes));
  }
  const Index body = text.file.size() - text.body_offset;
  return std::clamp<Index>((body + processes - 1) / processes, 1, std::max<Index>(asked, 1));
}

void skip(ByteStream& stream, Index bytes) {
  std::vector<char> passed(static_cast<std::size_t>(std::min<Index>(bytes, Index{1} << 16)));
  while (bytes > 0) {
    const auto count = std::min(static_cast<std::size_t>(bytes), passed.size());
    const Index got = stream.read(std::span(passed).first(count));
    if (got == 0) return;
    bytes -= got;
  }
}

/// Extends `text` by what `read` supplies until it ends with a line or the input ends; what comes
/// after the line end stays behind it. Returns the length up to the line end.
/// @throws Error (bad_data) of the file at `path` when the line gets too long.
template <class Read>
std::size_t complete_last_line(const std::string& path, std::vector<char>& text,
                               std::size_t searched, Read read) {
  const std::size_t longest = text.size() + static_cast<std::size_t>(kLongestLine);
  for (std::size_t piece = kLineEndPiece;; piece *= 2) {
    const auto found =
        std::find(text.begin() + static_cast<std::ptrdiff_t>(searched), text.end(), '\n');
    if (found != text.end()) return static_cast<std::size_t>(found - text.begin()) + 1;
    searched = text.size();
    if (searched > longest) throw line_too_long(path, {text.data(), text.size()});
    text.resize(searched + std::min(piece, kLargestPiece));
    const Index got = read(std::span(text).subspan(searched));
    text.resize(searched + static_cast<std::size_t>(got));
    if (got == 0) return searched;
  }
}

}  // namespace

Index TextFile::largest_body() const {
  if (!gzip) return file.size() - body_offset;
  const Index most = std::numeric_limits<Index>::max();
  return file.size() > most / kLargestPacking ? most : file.size() * kLargestPacking;
}

TextFile open_text(const Communicator& world, const std::string& path,
                   const std::function<void(LineReader&)>& read_header) {
  TextFile text{.path = path, .file = open_everywhere(world, path)};
  std::array<Index, 3> facts{};
  together(world, [&] {
    if (!world.is_root()) return;
    const auto stream = open_stream(text.file, path);
    LineReader reader(*stream, path);
    read_header(reader);
    facts = {is_gzip(text.file) ? 1 : 0, reader.offset(), reader.lines()};
  });
  broadcast(world, std::span<Index>(facts), 0);
  text.gzip = facts[0] != 0;
  text.body_offset = facts[1];
  text.body_line = facts[2];
  return text;
}

TextRounds::TextRounds(const Communicator& world, const TextFile& text, const TextOptions& options)
    : world_(world), text_(text), options_(options), lines_(text.body_line) {
  options_.chunk_bytes = chunk_bytes(text, options.chunk_bytes, world.size());
  together(world, [&] {
    if (!text.gzip || !world.is_root()) return;
    stream_ = open_stream(text.file, text.path);
    skip(*stream_, text.body_offset);
  });
}

bool TextRounds::next() {
  chunk_ = {};
  if (text_.gzip) {
    if (!receive_unpacked()) return false;
  } else {
    const Index before = round_ * world_.size() * options_.chunk_bytes;
    if (before >= text_.file.size() - text_.body_offset) return false;
    try {
      read_plain();
    } catch (...) {
      failure_ = std::current_exception();
    }
  }
  ++round_;
  number_lines();
  return true;
}

void TextRounds::read_plain() {
  const Index number = round_ * world_.size() + world_.rank();
  const Index begin = text_.body_offset + number * options_.chunk_bytes;
  if (begin >= text_.file.size()) return;
  // One byte before tells whether a line starts at the first.
  const Index offset = number == 0 ? begin : begin - 1;
  const Index end = std::min(begin + options_.chunk_bytes, text_.file.size());
  buffer_.resize(static_cast<std::size_t>(end - offset));
  text_.file.read(offset, buffer_);
  std::size_t start = 0;
  if (number != 0) {
    const auto newline = std::ranges::find(buffer_, '\n');
    start = static_cast<std::size_t>(newline - buffer_.begin()) + 1;
    if (start >= buffer_.size()) return;
  }
  const std::size_t length =
      complete_last_line(text_.path, buffer_, buffer_.size() - 1, [&](std::span<char> out) {
        return text_.file.read_some(offset + static_cast<Index>(out.data() - buffer_.data()), out);
      });
  chunk_ = std::string_view(buffer_.data(), length).substr(start);
}

std::vector<char> TextRounds::unpack_chunk() {
  std::vector<char> text = std::move(pending_);
  pending_.clear();
  const auto wanted = static_cast<std::size_t>(options_.chunk_bytes);
  const auto read = [&](std::span<char> out) { return stream_->read(out); };
  if (text.size() < wanted) {
    const std::size_t kept = text.size();
    text.resize(wanted);
    text.resize(kept + static_cast<std::size_t>(read(std::span(text).subspan(kept))));
  }
  if (text.empty()) return text;
  const std::size_t length =
      complete_last_line(text_.path, text, std::min(wanted, text.size()) - 1, read);
  pending_.assign(text.begin() + static_cast<std::ptrdiff_t>(length), text.end());
  text.resize(length);
  return text;
}

bool TextRounds::receive_unpacked() {
  enum : int { at_end, has_text, failed };
  std::vector<std::vector<char>> outgoing(static_cast<std::size_t>(world_.size()));
  int status = at_end;
  if (world_.is_root()) {
    try {
      // Where lines are longer than chunks, fewer processes get one.
      std::size_t held = 0;
      for (auto& part : outgoing) {
        part = unpack_chunk();
        held += part.size();
        if (part.empty() || held >= static_cast<std::size_t>(kUnpackedBytes)) break;
      }
      status = outgoing.front().empty() ? at_end : has_text;
    } catch (...) {
      failure_ = std::current_exception();
      status = failed;
    }
  }
  broadcast(world_, std::span<int>(&status, 1), 0);
  if (status == failed) agree_on_failure(world_, failure_);
  if (status == at_end) return false;
  buffer_ = partita::exchange(world_, outgoing);
  chunk_ = {buffer_.data(), buffer_.size()};
  return true;
}

void TextRounds::number_lines() {
  const auto newlines = static_cast<Index>(std::ranges::count(chunk_, '\n'));
  const bool open_end = !chunk_.empty() && chunk_.back() != '\n';
  Index records = 0;
  for_each_record(chunk_, 0, options_.comment, [&](std::string_view, Index) { ++records; });
  const std::array<Index, kFacts> mine{newlines + (open_end ? 1 : 0), records, failure_ ? 1 : 0,
                                       line_with_nul(chunk_)};
  const auto processes = static_cast<std::size_t>(world_.size());
  std::vector<Index> all(kFacts * processes);
  const std::vector<Index> counts(processes, kFacts);
  all_gather<Index>(world_, mine, all, counts);
  bool any_failed = false;
  for (std::size_t p = 0; p < processes; ++p) any_failed |= all[kFacts * p + 2] != 0;
  if (any_failed) agree_on_failure(world_, failure_);
  first_record_ = records_;
  first_line_ = lines_ + 1;
  for (std::size_t p = 0; p < processes; ++p) {
    if (p < static_cast<std::size_t>(world_.rank())) {
      first_line_ += all[kFacts * p];
      first_record_ += all[kFacts * p + 1];
    }
    const Index nul = all[kFacts * p + 3];
    if (nul != kNone) throw bad_line(text_.path, lines_ + 1 + nul, kNulFault);
    lines_ += all[kFacts * p];
    records_ += all[kFacts * p + 1];
  }
}

}  // namespace partita
