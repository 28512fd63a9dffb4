#pragma once

#include <string>

namespace partita::app {

/// Keeps other runs out of a folder while it lives, also on other nodes: a lock of the file system
/// on a file there, so that it ends with the process whatever ends that. The file names the run and
/// goes with the lock; one that a killed run left behind holds nobody up.
class FolderLock {
 public:
  /// Locks an existing folder. Where the file system has no locks, a warning is all.
  /// @throws Error (cannot_create) when another run holds it, named in the message, or no file can
  /// be created there.
  explicit FolderLock(const std::string& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  [[nodiscard]] bool try_to_lock();
  [[nodiscard]] bool is_file_at_path() const;
  void sign() const;
  void close();

  std::string folder_;
  std::string path_;
  int descriptor_ = -1;
  bool locked_ = false;
};

}  // namespace partita::app
