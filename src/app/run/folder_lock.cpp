#include "folder_lock.hpp"

#include "partita/base/error.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace partita::app {

namespace {

constexpr const char* kName = "/.partita-lock";
/// A run that was just killed may hold its lock for a moment more.
constexpr int kAttempts = 20;
constexpr auto kBetweenAttempts = std::chrono::milliseconds(100);

std::string this_run() {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host[0] = '?';
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  std::array<char, 32> time{};
  if (localtime_r(&now, &parts) != nullptr) {
    std::strftime(time.data(), time.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  }
  const char* job = std::getenv("SLURM_JOB_ID");
  return "process " + std::to_string(getpid()) + " on " + host.data() +
         (job != nullptr ? ", job " + std::string(job) : "") + ", since " + time.data();
}

/// What the holder of the lock wrote.
std::string holder(int descriptor) {
  std::array<char, 512> text{};
  const ssize_t length = pread(descriptor, text.data(), text.size(), 0);
  if (length <= 0) return "one that has not said which";
  const std::string whole(text.data(), static_cast<std::size_t>(length));
  return whole.substr(0, whole.find('\n'));
}

bool has_no_locks(int code) {
  return code == ENOLCK || code == ENOSYS || code == EOPNOTSUPP || code == EINVAL;
}

Error cannot_create(const std::string& message) {
  return {ErrorKind::cannot_create, message};
}

}  // namespace

FolderLock::FolderLock(const std::string& folder) : folder_(folder), path_(folder + kName) {
  for (int attempt = 0; !locked_; ++attempt) {
    if (try_to_lock()) return;
    if (attempt < kAttempts) {
      std::this_thread::sleep_for(kBetweenAttempts);
      continue;
    }
    const std::string other = holder(descriptor_);
    close();
    throw cannot_create("the output folder '" + folder + "' is in use by another run (" + other +
                        "): wait for it, or choose another --output");
  }
}

FolderLock::~FolderLock() {
  if (locked_ && is_file_at_path()) ::unlink(path_.c_str());
  close();
}

/// Returns false while another run holds the lock; its file is open then.
bool FolderLock::try_to_lock() {
  close();
  constexpr int kFlags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  descriptor_ = ::open(path_.c_str(), kFlags, 0666);
  if (descriptor_ < 0) {
    throw cannot_create("cannot create files in the output folder '" + folder_ +
                        "': " + std::strerror(errno));
  }
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK || errno == EINTR) return false;
    const int code = errno;
    close();
    if (!has_no_locks(code)) throw cannot_create(path_ + ": " + std::strerror(code));
    ::unlink(path_.c_str());
    std::fprintf(stderr,
                 "partita: the file system of '%s' has no locks: see to it that no other run "
                 "writes there\n",
                 folder_.c_str());
    return true;
  }
  // The one before may have removed its file between the two calls.
  if (!is_file_at_path()) return false;
  locked_ = true;
  sign();
  return true;
}

bool FolderLock::is_file_at_path() const {
  struct stat mine {};
  struct stat there {};
  return ::fstat(descriptor_, &mine) == 0 && ::lstat(path_.c_str(), &there) == 0 &&
         mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
}

/// Only for the message to another run: a full disk is no reason to fail yet.
void FolderLock::sign() const {
  const std::string text = this_run() + "\n";
  if (::ftruncate(descriptor_, 0) != 0) return;
  static_cast<void>(::pwrite(descriptor_, text.data(), text.size(), 0) < 0);
}

void FolderLock::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

}  // namespace partita::app
