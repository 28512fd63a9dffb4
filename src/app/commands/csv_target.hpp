#pragma once

#include "partita/comm/communicator.hpp"

#include <optional>
#include <string>

#include "io/files/atomic_file.hpp"

namespace partita::app {

/// Lines on their way to stdout, or to a file that appears whole or not at all.
class CsvTarget {
 public:
  /// @param path  of the file; empty for stdout. Collective over `world`.
  /// @throws Error (cannot_create).
  CsvTarget(const Communicator& world, const std::string& path);

  /// The text of process 0. Collective over `world`. @throws Error (input_output).
  void write(const std::string& text);
  /// Everybody's texts, by rank. Collective over `world`. @throws Error (input_output).
  void write_by_rank(const std::string& mine);
  /// To be called at the end. Collective over `world`. @throws Error (input_output).
  void commit();

 private:
  const Communicator& world_;
  std::optional<AtomicFile> file_;
  Index written_ = 0;  ///< the same on every process
};

}  // namespace partita::app
