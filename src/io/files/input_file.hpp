#pragma once

#include "partita/base/error.hpp"
#include "partita/base/index.hpp"
#include "partita/comm/communicator.hpp"

#include <span>
#include <string>

namespace partita {

/// A regular file opened for reading at any offset, by one process.
class InputFile {
 public:
  InputFile() = default;
  /// @throws Error (no_input, bad_data).
  explicit InputFile(const std::string& path);
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&& other) noexcept;
  ~InputFile();

  [[nodiscard]] Index size() const { return size_; }
  /// Reads at most out.size() bytes; fewer only at the end of the file. @throws Error
  /// (input_output).
  [[nodiscard]] Index read_some(Index offset, std::span<char> out) const;
  /// Fills `out`. @throws Error (input_output, or bad_data when the file ends before).
  void read(Index offset, std::span<char> out) const;
  /// @throws Error (bad_data) when the file is of another length, or was written to, since it was
  /// opened.
  void check_unchanged() const;

 private:
  std::string path_;
  int descriptor_ = -1;
  Index size_ = 0;
  Index written_ = 0;  ///< when it was last written to, in nanoseconds
};

/// Opens the file on every process. Collective. @throws Error on every process, also when only some
/// nodes see the file.
[[nodiscard]] InputFile open_everywhere(const Communicator& world, const std::string& path);

/// The Error (bad_data) for a file that is not what it claims to be.
[[nodiscard]] inline Error bad_file(const std::string& path, const std::string& what) {
  return {ErrorKind::bad_data, path + ": " + what};
}
/// The same, at a line counted from 1.
[[nodiscard]] inline Error bad_line(const std::string& path, Index line, const std::string& what) {
  return bad_file(path, "line " + std::to_string(line) + ": " + what);
}

}  // namespace partita
