// The gzip format: RFC 1952, by zlib.
#include "io/files/gzip_output.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <unistd.h>
#include <utility>
#include <vector>
#include <zlib.h>

#include "base/interruption.hpp"
#include "comm/agreement.hpp"
#include "io/files/atomic_file.hpp"
#include "io/files/input_file.hpp"

namespace partita {

namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 18;

/// Packs what it is given into a file.
class Packer {
 public:
  explicit Packer(AtomicFile& file) : file_(file), packed_(kPieceBytes) {
    constexpr int kGzip = 16;  // with a gzip header, which holds no time
    constexpr int kMemory = 8;
    if (deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + kGzip, kMemory,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
      throw Error(ErrorKind::internal, "zlib cannot begin to pack");
    }
  }
  Packer(const Packer&) = delete;
  Packer& operator=(const Packer&) = delete;
  ~Packer() { deflateEnd(&stream_); }

  /// @param is_last  whether nothing comes behind it.
  void put(std::vector<char>& bytes, bool is_last) {
    stream_.next_in = reinterpret_cast<Bytef*>(bytes.data());
    stream_.avail_in = static_cast<uInt>(bytes.size());
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(packed_.data());
      stream_.avail_out = static_cast<uInt>(packed_.size());
      deflate(&stream_, is_last ? Z_FINISH : Z_NO_FLUSH);
      const std::size_t made = packed_.size() - stream_.avail_out;
      file_.write(written_, std::span(packed_).first(made));
      written_ += static_cast<Index>(made);
    } while (stream_.avail_out == 0);
  }

 private:
  AtomicFile& file_;
  z_stream stream_{};
  std::vector<char> packed_;
  Index written_ = 0;
};

void pack(const std::string& plain, AtomicFile& file) {
  const InputFile input(plain);
  Packer packer(file);
  std::vector<char> bytes;
  for (Index at = 0; at < input.size() || at == 0;) {
    check_interrupted();
    bytes.resize(
        static_cast<std::size_t>(std::min(input.size() - at, static_cast<Index>(kPieceBytes))));
    input.read(at, bytes);
    at += static_cast<Index>(bytes.size());
    packer.put(bytes, at == input.size());
    if (bytes.empty()) break;
  }
}

/// Takes a file away when it goes.
class Removed {
 public:
  explicit Removed(std::string path) : path_(std::move(path)) {}
  Removed(const Removed&) = delete;
  Removed& operator=(const Removed&) = delete;
  ~Removed() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }

 private:
  std::string path_;
};

}  // namespace

void write_gzip(const Communicator& comm, const std::string& path,
                const std::function<void(const std::string& plain)>& write) {
  const std::size_t name = path.rfind('/') + 1;  // 0 where there is none
  std::string plain = path.substr(0, name);
  plain.append(".").append(path.substr(name)).append(".unpacked");
  AtomicFile file(comm, path);
  const Removed removed(comm.is_root() ? plain : std::string());
  write(plain);
  together(comm, [&] {
    if (comm.is_root()) pack(plain, file);
  });
  file.commit();
}

}  // namespace partita
