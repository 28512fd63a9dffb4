#include "io/files/atomic_file.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "base/interruption.hpp"
#include "comm/agreement.hpp"
#include "comm/collectives.hpp"

namespace partita {

namespace {

constexpr std::size_t kMostPerCall = std::size_t{1} << 27;
constexpr int kMostAttempts = 1000;

Error cannot_create(const std::string& path, const std::string& why) {
  return {ErrorKind::cannot_create, path + ": cannot be created: " + why};
}

Error cannot_write(const std::string& path, int code) {
  const std::string start = path + ": writing failed: ";
  if (code == ENOSPC) return {ErrorKind::input_output, start + "the disk is full"};
  if (code == EDQUOT) return {ErrorKind::input_output, start + "the disk quota is used up"};
  if (code == EFBIG) {
    return {ErrorKind::input_output, start + "the file would exceed the largest size allowed"};
  }
  return {ErrorKind::input_output, start + std::strerror(code)};
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string temporary_start(const std::string& name) {
  return "." + name + ".";
}

std::string temporary_name(const std::string& path, int attempt) {
  const std::size_t name = path.rfind('/') + 1;  // 0 where there is none
  return path.substr(0, name) + temporary_start(path.substr(name)) + std::to_string(::getpid()) +
         "-" + std::to_string(attempt) + kPartialSuffix;
}

/// Whether a name in the directory of `path` is of a temporary of that file.
bool is_temporary_of(const std::string& path, const std::string& name) {
  const std::string start = temporary_start(path.substr(path.rfind('/') + 1));
  if (!name.starts_with(start) || !name.ends_with(kPartialSuffix)) return false;
  const std::size_t end = name.size() - std::strlen(kPartialSuffix);
  return end > start.size() && name.find_first_not_of("0123456789-", start.size()) == end;
}

/// Removes temporaries of the same file whose writers are gone: theirs are locked.
void remove_leftovers(const std::string& path) {
  std::error_code unreadable;
  for (const auto& entry : std::filesystem::directory_iterator(directory_of(path), unreadable)) {
    if (!is_temporary_of(path, entry.path().filename().string())) continue;
    const int leftover =
        ::open(entry.path().c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (leftover < 0) continue;
    if (::flock(leftover, LOCK_EX | LOCK_NB) == 0) ::unlink(entry.path().c_str());
    ::close(leftover);
  }
}

/// Locks a new temporary, so that it is not taken for a leftover; false when it just was.
bool lock_temporary(int descriptor) {
  const bool taken = ::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  struct stat status {};
  return !taken && ::fstat(descriptor, &status) == 0 && status.st_nlink > 0;
}

}  // namespace

void sync_directory(const std::string& path) {
  const int directory = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return;
  const bool failed = ::fsync(directory) != 0 && errno != EINVAL && errno != EROFS;
  const int code = errno;
  ::close(directory);
  if (failed) throw cannot_write(path, code);
}

AtomicFile::AtomicFile(const Communicator& comm, std::string path)
    : comm_(comm), path_(std::move(path)) {
  try {
    together(comm_, [&] {
      if (comm_.is_root()) create();
    });
    broadcast(comm_, temporary_, 0);
    together(comm_, [&] {
      if (!comm_.is_root()) open_created();
    });
  } catch (...) {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (created_) ::unlink(temporary_.c_str());
    throw;
  }
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (created_) ::unlink(temporary_.c_str());
}

void AtomicFile::create() {
  struct stat status {};
  if (path_.empty() || path_.ends_with('/')) throw cannot_create(path_, "it is not a file name");
  if (::stat(path_.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    throw cannot_create(path_, S_ISDIR(status.st_mode) ? "it is a directory"
                                                       : "it exists and is not a regular file");
  }
  remove_leftovers(path_);
  for (int attempt = 0; attempt < kMostAttempts && descriptor_ < 0; ++attempt) {
    temporary_ = temporary_name(path_, attempt);
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor_ < 0 && errno != EEXIST) break;
    if (descriptor_ >= 0 && !lock_temporary(descriptor_)) {
      ::close(std::exchange(descriptor_, -1));
      errno = EEXIST;
    }
  }
  if (descriptor_ >= 0) {
    created_ = true;
  } else if (errno == ENOSPC || errno == EDQUOT) {
    throw cannot_write(path_, errno);
  } else {
    throw cannot_create(path_, std::strerror(errno));
  }
}

void AtomicFile::open_created() {
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor_ >= 0) return;
  throw cannot_create(path_, std::string(std::strerror(errno)) + " on the node of process " +
                                 std::to_string(comm_.rank()) +
                                 "; write to a directory that all nodes share");
}

void AtomicFile::write(Index offset, std::span<const char> bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    check_interrupted();
    const std::size_t count = std::min(bytes.size() - done, kMostPerCall);
    const ssize_t put =
        ::pwrite(descriptor_, bytes.data() + done, count, offset + static_cast<Index>(done));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) throw cannot_write(path_, errno);
    if (put == 0) throw cannot_write(path_, ENOSPC);
    done += static_cast<std::size_t>(put);
  }
}

void AtomicFile::sync_and_close() {
  const int failed = ::fsync(descriptor_) == 0 || errno == EINVAL || errno == EROFS ? 0 : errno;
  const bool closed = ::close(std::exchange(descriptor_, -1)) == 0;
  if (failed != 0) throw cannot_write(path_, failed);
  if (!closed) throw cannot_write(path_, errno);
}

void AtomicFile::rename_into_place(const std::string& backup) {
  if (!backup.empty() && ::rename(path_.c_str(), backup.c_str()) != 0 && errno != ENOENT) {
    throw cannot_create(backup, std::strerror(errno));
  }
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
    throw cannot_create(path_, std::strerror(errno));
  }
  created_ = false;
  sync_directory(directory_of(path_));
}

void AtomicFile::commit(const std::string& backup) {
  together(comm_, [&] { sync_and_close(); });
  together(comm_, [&] {
    if (comm_.is_root()) rename_into_place(backup);
  });
}

void write_text_file(const Communicator& comm, const std::string& path,
                     const std::string& content) {
  AtomicFile file(comm, path);
  together(comm, [&] {
    if (comm.is_root()) file.write(0, content);
  });
  file.commit();
}

}  // namespace partita
