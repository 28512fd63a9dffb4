#pragma once

#include "partita/comm/communicator.hpp"

#include <string>

#include "options.hpp"

namespace partita::app {

/// A matrix file that a command writes.
struct NewFile {
  std::string path;
  std::string format;  ///< name of a format; empty: by the path's extension
  bool overwrite = false;
};

/// --output, --overwrite, and --format with a prefix where that names the input's. The group fills
/// `file`, which must outlive it.
[[nodiscard]] OptionGroup new_file_options(NewFile& file, const std::string& format_prefix = "");

/// Collective over `world`. @throws Error (usage) without an --output or with one of a format that
/// is not written, (cannot_create) when there is such a file that is not to be overwritten.
void check_new_file(const Communicator& world, const std::string& command, const NewFile& file);

}  // namespace partita::app
