#include "shared_text.hpp"

#include "partita/base/error.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>

#include "comm/agreement.hpp"
#include "comm/collectives.hpp"

namespace partita::app {

std::string text_of(const std::string& path) {
  if (!std::filesystem::exists(path)) throw Error(ErrorKind::no_input, path + ": no such file");
  std::ifstream stream(path, std::ios::binary);
  if (!stream || std::filesystem::is_directory(path)) {
    throw Error(ErrorKind::no_input, path + ": cannot be read");
  }
  std::string text(std::istreambuf_iterator<char>(stream), {});
  if (stream.bad()) throw Error(ErrorKind::input_output, path + ": reading failed");
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    throw Error(ErrorKind::bad_data, path + ": the file is UTF-16; save it as UTF-8");
  }
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  return text;
}

std::string regular_text_of(const std::string& path, Index most_bytes) {
  std::error_code failure;
  const auto type = std::filesystem::status(path, failure).type();
  if (type == std::filesystem::file_type::not_found) {
    throw Error(ErrorKind::no_input, path + ": no such file");
  }
  if (type != std::filesystem::file_type::regular) {
    throw Error(ErrorKind::bad_data,
                path + ": unreadable: " + (failure ? failure.message() : "it is not a file"));
  }
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    throw Error(ErrorKind::bad_data, path + ": unreadable: " + std::strerror(errno));
  }
  const auto size = std::filesystem::file_size(path, failure);
  if (failure || size > static_cast<std::uintmax_t>(most_bytes)) {
    throw Error(ErrorKind::bad_data,
                path + ": has more than " + std::to_string(most_bytes) + " bytes");
  }
  std::string text(size, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(size));
  if (stream.bad()) throw Error(ErrorKind::input_output, path + ": reading failed");
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

std::string read_shared_text(const Communicator& world, const std::string& path) {
  std::string text;
  together(world, [&] {
    if (world.is_root()) text = text_of(path);
  });
  broadcast(world, text, 0);
  return text;
}

void print_on_root(const Communicator& world, const std::string& text) {
  together(world, [&] {
    if (!world.is_root()) return;
    const bool written = std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
    if (!written) {
      throw Error(ErrorKind::input_output,
                  std::string("cannot write to the standard output: ") + std::strerror(errno));
    }
  });
}

}  // namespace partita::app
