#include "new_file.hpp"

#include "partita/base/error.hpp"
#include "partita/comm/agreement.hpp"
#include "partita/io/matrix_format.hpp"

#include <filesystem>

#include "options/rows.hpp"
#include "output_name.hpp"

namespace partita::app {

OptionGroup new_file_options(NewFile& file, const std::string& format_prefix) {
  Option format =
      name_option(format_prefix + "format", "NAME", file.format, "mtx, npy, csv or tsv");
  format.default_value = "by extension";
  return {"Output",
          {output_option("FILE", file.path, "the matrix (required)"), format,
           switch_option("overwrite", file.overwrite, "replace an existing file")}};
}

void check_new_file(const Communicator& world, const std::string& command, const NewFile& file) {
  if (file.path.empty()) throw Error(ErrorKind::usage, command + " needs --output FILE");
  static_cast<void>(find_output_format(file.path, file.format));
  together(world, [&] {
    if (file.overwrite || !world.is_root() || !std::filesystem::exists(file.path)) return;
    throw Error(ErrorKind::cannot_create,
                file.path + " exists: choose another --output, or --overwrite it");
  });
}

}  // namespace partita::app
