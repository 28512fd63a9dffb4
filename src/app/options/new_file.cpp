#include "new_file.hpp"

#include "partita/base/error.hpp"
#include "partita/io/formats/matrix_format.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

#include "comm/agreement.hpp"
#include "io/formats/given_names.hpp"
#include "options/format_words.hpp"
#include "options/rows.hpp"
#include "output_name.hpp"

namespace partita::app {

OptionGroup new_file_options(NewFile& file, const std::string& format_prefix) {
  Option format = name_option(format_prefix + "format", "NAME", file.format, writable_formats());
  format.default_value = "by extension";
  return {"Output",
          {output_option("FILE", file.path, "the matrix (required)"), format,
           switch_option("overwrite", file.overwrite, "replace an existing file")}};
}

namespace {

/// Before any work. @throws Error (cannot_create) unless files may be created beside `path`.
void check_folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  if (::faccessat(AT_FDCWD, folder.empty() ? "." : folder.c_str(), W_OK | X_OK, AT_EACCESS) == 0) {
    return;
  }
  throw Error(ErrorKind::cannot_create, path + ": cannot be created: " + std::strerror(errno));
}

}  // namespace

void check_new_file(const Communicator& world, const std::string& command, const NewFile& file) {
  if (file.path.empty()) throw Error(ErrorKind::usage, command + " needs --output FILE");
  const MatrixFormat& format = find_output_format(file.path, file.format);
  together(world, [&] {
    if (!world.is_root()) return;
    check_folder_of(file.path);
    std::error_code failure;
    if (file.overwrite) return;
    if (std::filesystem::exists(file.path, failure)) {
      throw Error(ErrorKind::cannot_create,
                  file.path + " exists: choose another --output, or --overwrite it");
    }
    if (!format.has_names_beside) return;
    for (const std::string& names : found_beside(file.path)) {
      throw Error(ErrorKind::cannot_create, names + " exists and would name the lines of " +
                                                file.path +
                                                ": choose another --output, or --overwrite both");
    }
  });
}

}  // namespace partita::app
