#include "io/files/input_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "comm/agreement.hpp"

namespace partita {

namespace {

/// Linux transfers at most 2^31 - 4096 bytes a call.
constexpr std::size_t kMostPerCall = std::size_t{1} << 30;

Index written_at(const struct stat& status) {
  return static_cast<Index>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec;
}

Error cannot_open(const std::string& path, int code) {
  if (code == ENOENT || code == ENOTDIR) return {ErrorKind::no_input, path + ": no such file"};
  return bad_file(path, std::string("unreadable: ") + std::strerror(code));
}

}  // namespace

InputFile::InputFile(const std::string& path)
    : path_(path), descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (descriptor_ < 0) throw cannot_open(path, errno);
  struct stat status {};
  const bool known = ::fstat(descriptor_, &status) == 0;
  if (known && S_ISREG(status.st_mode)) {
    size_ = status.st_size;
    written_ = written_at(status);
    return;
  }
  ::close(std::exchange(descriptor_, -1));
  if (known && S_ISDIR(status.st_mode)) throw bad_file(path, "unreadable: it is a directory");
  throw bad_file(path, "unreadable: not a regular file, which several processes can read at once");
}

InputFile::InputFile(InputFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_),
      written_(other.written_) {}

InputFile& InputFile::operator=(InputFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(size_, other.size_);
  std::swap(written_, other.written_);
  return *this;
}

InputFile::~InputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Index InputFile::read_some(Index offset, std::span<char> out) const {
  std::size_t done = 0;
  while (done < out.size()) {
    const std::size_t count = std::min(out.size() - done, kMostPerCall);
    const ssize_t got =
        ::pread(descriptor_, out.data() + done, count, offset + static_cast<Index>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      throw Error(ErrorKind::input_output,
                  path_ + ": reading failed: " + std::string(std::strerror(errno)));
    }
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return static_cast<Index>(done);
}

void InputFile::read(Index offset, std::span<char> out) const {
  if (read_some(offset, out) < static_cast<Index>(out.size())) {
    throw bad_file(path_, "truncated: it became shorter while it was read");
  }
}

void InputFile::check_unchanged() const {
  struct stat status {};
  if (::fstat(descriptor_, &status) == 0 && status.st_size == size_ &&
      written_at(status) == written_) {
    return;
  }
  throw bad_file(path_, "it changed while it was read");
}

InputFile open_everywhere(const Communicator& world, const std::string& path) {
  InputFile file;
  together(world, [&] {
    if (world.is_root()) file = InputFile(path);
  });
  together(world, [&] {
    if (world.is_root()) return;
    try {
      file = InputFile(path);
    } catch (const Error& error) {
      throw Error(error.kind(), std::string(error.what()) + " on the node of process " +
                                    std::to_string(world.rank()) +
                                    ", though process 0 has it: put it where all nodes see it");
    }
  });
  return file;
}

}  // namespace partita
