// Writes the manual pages and the completion that are installed, into man/ and completions/ of a
// folder. A program of the build: it needs no MPI environment, as nothing is computed.
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "commands/command_pages.hpp"

namespace {

void write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file.exceptions(std::ios::failbit | std::ios::badbit);
  file << text << std::flush;
}

void write_pages(const std::filesystem::path& folder) {
  const std::vector<partita::app::CommandPage> pages = partita::app::command_pages();
  std::filesystem::create_directories(folder / "man");
  std::filesystem::create_directories(folder / "completions");
  write(folder / "man" / "partita.1", man_page(pages));
  for (const partita::app::CommandPage& page : pages) {
    write(folder / "man" / ("partita-" + page.syntax.command + ".1"), man_page(page));
  }
  write(folder / "completions" / "partita", bash_completion(pages));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 2) throw std::invalid_argument("usage: write_pages FOLDER");
    write_pages(argv[1]);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "write_pages: %s\n", error.what());
    return 1;
  }
}
