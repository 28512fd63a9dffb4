#include "io/byte_stream.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <ios>
#include <utility>

#include <boost/iostreams/categories.hpp>
#include <boost/iostreams/filter/gzip.hpp>

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

bool LineReader::refill() {
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(at_));
  at_ = 0;
  const std::size_t kept = buffer_.size();
  buffer_.resize(kept + kLineBuffer);
  const Index got = stream_.read(std::span(buffer_).subspan(kept));
  buffer_.resize(kept + static_cast<std::size_t>(got));
  return got > 0;
}

bool LineReader::next(std::string& line) {
  std::size_t searched = at_;
  auto end = buffer_.end();
  while ((end = std::find(buffer_.begin() + static_cast<std::ptrdiff_t>(searched), buffer_.end(),
                          '\n')) == buffer_.end()) {
    const std::size_t pending = buffer_.size() - at_;
    const bool more = refill();
    end = buffer_.end();
    if (!more) break;
    searched = pending;
  }
  if (end == buffer_.end() && at_ == buffer_.size()) return false;
  line.assign(buffer_.begin() + static_cast<std::ptrdiff_t>(at_), end);
  const std::size_t passed = line.size() + (end == buffer_.end() ? 0 : 1);
  at_ += passed;
  offset_ += static_cast<Index>(passed);
  ++lines_;
  if (line.ends_with('\r')) line.pop_back();
  return true;
}

}  // namespace partita
