#pragma once

#include "partita/base/index.hpp"
#include "partita/comm/communicator.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace partita {

/// What a checkpoint keeps beside the newest file: the one before, under this ending.
inline constexpr const char* kPreviousCheckpoint = ".previous";

/// A matrix spread by rows, to be stored: this process's rows `mine` of `rows`, one after another.
/// Over all processes every row is given once.
struct StoredRows {
  const void* data = nullptr;
  Index row_bytes = 0;
  Range mine;
  Index rows = 0;
};

/// Writes a text (process 0's) and matrices into one file, whole or not at all, with a checksum
/// (XXH3) over every part. The file that was there stays as `path` + ".previous". The content does
/// not depend on who holds which rows. Collective over `comm`.
/// @throws Error (cannot_create, input_output) on every process; the old files are untouched then.
void write_checkpoint(const Communicator& comm, const std::string& path, const std::string& text,
                      std::span<const StoredRows> matrices);

/// A checkpoint opened for reading.
class CheckpointFile {
 public:
  /// Reads the head and checks every byte of the file. Collective over `comm`.
  /// @throws Error (no_input, bad_data, input_output) on every process.
  CheckpointFile(const Communicator& comm, const std::string& path);
  CheckpointFile(CheckpointFile&&) noexcept;
  CheckpointFile& operator=(CheckpointFile&&) noexcept;
  ~CheckpointFile();

  [[nodiscard]] const std::string& text() const;
  [[nodiscard]] Index matrices() const;
  [[nodiscard]] Index rows(Index matrix) const;
  [[nodiscard]] Index row_bytes(Index matrix) const;
  /// Rows `mine` of a matrix, one after another. Local: call inside together().
  /// @throws Error (input_output, bad_data).
  void read_rows(Index matrix, Range mine, std::span<std::byte> out) const;

 private:
  struct Content;
  std::unique_ptr<Content> content_;
};

}  // namespace partita
