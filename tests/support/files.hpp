// Folders, files and full disks for tests, and errors that must be the same on every process.
#pragma once

#include "partita/base/error.hpp"
#include "partita/comm/communicator.hpp"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <sys/resource.h>
#include <vector>

#include <gtest/gtest.h>

#include "comm/collectives.hpp"

namespace partita::testing {

/// A temporary directory that all processes share; removed at the end.
class Folder {
 public:
  explicit Folder(const Communicator& world) : world_(world) {
    if (world.is_root()) {
      std::string name = (std::filesystem::temp_directory_path() / "partita-test-XXXXXX").string();
      if (::mkdtemp(name.data()) != nullptr) path_ = name;
    }
    broadcast(world, path_, 0);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    MPI_Barrier(world_.handle());
    if (world_.is_root()) std::filesystem::remove_all(path_);
  }

  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }
  /// Puts a file there, from process 0. Collective.
  [[nodiscard]] std::string put(const std::string& name, const std::string& content) const {
    if (world_.is_root()) std::ofstream(file(name), std::ios::binary) << content;
    wait_for_all(world_);
    return file(name);
  }
  /// Names of everything in it.
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      found.push_back(entry.path().filename().string());
    }
    return found;
  }

 private:
  const Communicator& world_;
  std::string path_;
};

inline std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// No file of this process may become longer, as if the disk were full.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &limit_);
    const rlimit small{bytes, limit_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &limit_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  void (*handler_)(int);
  rlimit limit_{};
};

/// The Error that an action throws, which must be the same on every process. Collective.
inline std::optional<Error> error_of(const Communicator& world,
                                     const std::function<void()>& action) {
  std::optional<Error> caught;
  try {
    action();
  } catch (const Error& error) {
    caught = error;
  }
  std::string message = caught ? caught->what() : "no error";
  const std::string mine = message;
  broadcast(world, message, 0);
  EXPECT_EQ(mine, message);
  return caught;
}

/// Expects an action to fail in one way, with a message that has all the given parts. Collective.
inline void expect_error(const Communicator& world, ErrorKind kind,
                         const std::vector<std::string>& parts,
                         const std::function<void()>& action) {
  const std::optional<Error> error = error_of(world, action);
  ASSERT_TRUE(error.has_value()) << "nothing was thrown";
  EXPECT_EQ(static_cast<int>(error->kind()), static_cast<int>(kind)) << error->what();
  for (const std::string& part : parts) {
    EXPECT_NE(std::string(error->what()).find(part), std::string::npos)
        << "no \"" << part << "\" in: " << error->what();
  }
  EXPECT_EQ(std::string(error->what()).find('\n'), std::string::npos);
}

}  // namespace partita::testing
