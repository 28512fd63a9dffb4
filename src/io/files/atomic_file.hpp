#pragma once

#include "partita/base/index.hpp"
#include "partita/comm/communicator.hpp"

#include <span>
#include <string>

namespace partita {

/// Ending of the hidden temporaries; what bears it was left by a process that was killed.
inline constexpr const char* kPartialSuffix = ".partial";

/// A file that appears whole or not at all: written under a temporary name in the same directory by
/// all processes, then synced and renamed. Unless committed, the temporary is removed when the
/// object goes; one that a killed process left behind, by the next that writes the same file.
class AtomicFile {
 public:
  /// Collective. @throws Error (cannot_create) on every process when the file cannot be created
  /// there, or `path` is something else than a file.
  AtomicFile(const Communicator& comm, std::string path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  /// Writes at an offset. Local: call inside together(). @throws Error (input_output).
  void write(Index offset, std::span<const char> bytes);
  /// Syncs and gives the file its name; what had that name before is kept as `backup`, if one is
  /// given. Collective. @throws Error (input_output, cannot_create).
  void commit(const std::string& backup = {});

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  void create();
  void open_created();
  void sync_and_close();
  void rename_into_place(const std::string& backup);

  const Communicator& comm_;
  std::string path_;
  std::string temporary_;
  int descriptor_ = -1;
  bool created_ = false;  ///< a temporary of mine is to be removed
};

/// Makes what was created, renamed and removed in a directory durable; file systems that cannot do
/// so are left alone. Local. @throws Error (input_output).
void sync_directory(const std::string& path);

/// Writes `content` of process 0, whole or not at all. Collective over `comm`.
/// @throws Error (cannot_create, input_output) on every process.
void write_text_file(const Communicator& comm, const std::string& path, const std::string& content);

}  // namespace partita
