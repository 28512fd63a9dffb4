#include "io/text/byte_stream.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <ios>
#include <utility>

#include <boost/iostreams/categories.hpp>
#include <boost/iostreams/filter/gzip.hpp>

#include "io/text/text_encoding.hpp"

namespace partita {

namespace {

constexpr std::size_t kLineBuffer = std::size_t{1} << 16;

class PlainStream final : public ByteStream {
 public:
  explicit PlainStream(const InputFile& file) : file_(file) {}
  Index read(std::span<char> out) override {
    const Index got = file_.read_some(offset_, out);
    offset_ += got;
    return got;
  }

 private:
  const InputFile& file_;
  Index offset_ = 0;
};

/// What Boost's gzip filter reads from.
class PackedSource {
 public:
  using char_type = char;
  using category = boost::iostreams::source_tag;

  explicit PackedSource(const InputFile& file) : file_(file) {}
  std::streamsize read(char* out, std::streamsize count) {
    const Index got = file_.read_some(offset_, {out, static_cast<std::size_t>(count)});
    offset_ += got;
    return got > 0 ? got : -1;
  }
  [[nodiscard]] bool at_end() const { return offset_ >= file_.size(); }

 private:
  const InputFile& file_;
  Index offset_ = 0;
};

class GzipStream final : public ByteStream {
 public:
  GzipStream(const InputFile& file, std::string path)
      : source_(file), path_(std::move(path)), filter_(15, kUnpackBuffer) {}

  Index read(std::span<char> out) override {
    std::size_t done = 0;
    while (done < out.size() && !ended_) {
      const std::streamsize got = unpack(out.subspan(done));
      if (got > 0) done += static_cast<std::size_t>(got);
      if (got < 0) ended_ = true;
    }
    return static_cast<Index>(done);
  }

 private:
  static constexpr std::streamsize kUnpackBuffer = 1 << 16;

  std::streamsize unpack(std::span<char> out) {
    try {
      return filter_.read(source_, out.data(), static_cast<std::streamsize>(out.size()));
    } catch (const std::ios_base::failure&) {
      throw bad_file(path_,
                     source_.at_end() ? "truncated or damaged gzip file" : "damaged gzip file");
    }
  }

  PackedSource source_;
  std::string path_;
  boost::iostreams::gzip_decompressor filter_;
  bool ended_ = false;
};

}  // namespace

bool is_gzip(const InputFile& file) {
  std::array<char, 2> magic{};
  return file.read_some(0, magic) == 2 && magic[0] == '\x1f' && magic[1] == '\x8b';
}

std::unique_ptr<ByteStream> open_stream(const InputFile& file, const std::string& path) {
  if (is_gzip(file)) return std::make_unique<GzipStream>(file, path);
  if (path.ends_with(".gz")) throw bad_file(path, "not a gzip file, though its name says so");
  return std::make_unique<PlainStream>(file);
}

Error line_too_long(const std::string& path, std::string_view text) {
  if (text.find('\0') != text.npos) return bad_file(path, kNulFault);
  return bad_file(path, "it has a line of more than " + std::to_string(kLongestLine >> 20) +
                            " MiB; store so wide a matrix as .npy, or transposed");
}

LineReader::LineReader(ByteStream& stream, std::string path)
    : stream_(stream), path_(std::move(path)) {
  refill();
  const std::string_view head(buffer_.data(), buffer_.size());
  refuse_wide_text(path_, head);
  offset_ = byte_order_mark(head);
  at_ = static_cast<std::size_t>(offset_);
}

bool LineReader::refill() {
  buffer_.resize(kLineBuffer);
  at_ = 0;
  buffer_.resize(static_cast<std::size_t>(stream_.read(buffer_)));
  return !buffer_.empty();
}

bool LineReader::next(std::string& line) {
  line.clear();
  bool ended = false;
  while (!ended && (at_ < buffer_.size() || refill())) {
    const auto begin = buffer_.begin() + static_cast<std::ptrdiff_t>(at_);
    const auto end = std::find(begin, buffer_.end(), '\n');
    line.append(begin, end);
    ended = end != buffer_.end();
    const std::ptrdiff_t passed = end - begin + (ended ? 1 : 0);
    at_ += static_cast<std::size_t>(passed);
    offset_ += passed;
    if (static_cast<Index>(line.size()) > kLongestLine) throw line_too_long(path_, line);
  }
  if (!ended && line.empty()) return false;
  ++lines_;
  if (line.find('\0') != std::string::npos) throw bad_line(path_, lines_, kNulFault);
  if (line.ends_with('\r')) line.pop_back();
  return true;
}

}  // namespace partita
