#include "new_file.hpp"

#include "partita/base/error.hpp"
#include "partita/comm/agreement.hpp"
#include "partita/io/matrix_format.hpp"

#include <filesystem>

#include "matrix_options.hpp"
#include "output_name.hpp"

namespace partita::app {

OptionGroup new_file_options(NewFile& file, const std::string& format_prefix) {
  return {"Output",
          {{"output", 0, "FILE", "", "the matrix (required)", into(file.path, parse_output_name)},
           {format_prefix + "format", 0, "NAME", "by extension", "mtx, npy, csv or tsv",
            into(file.format)},
           {"overwrite", 0, "", "", "replace an existing file", into(file.overwrite)}}};
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
