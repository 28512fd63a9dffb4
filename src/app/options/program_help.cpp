#include <algorithm>

#include "options/pages.hpp"

namespace partita::app {

std::string program_help(const std::vector<CommandPage>& pages) {
  constexpr std::size_t kNameWidth = 12;
  std::string text =
      "usage: partita COMMAND [options] [FILE]\n"
      "       mpirun -n P partita COMMAND [options] [FILE]\n\n"
      "Factors large non-negative matrices, X = A S, on any number of processes.\n\nCommands:\n";
  for (const CommandPage& page : pages) {
    const std::string& name = page.syntax.command;
    text += "  " + name + std::string(kNameWidth - std::min(name.size(), kNameWidth - 1), ' ') +
            page.summary + "\n";
  }
  return text +
         "\nOptions:\n  -h [ --help ]  print this text; after a command, its options\n"
         "  --version      print the version\n";
}

}  // namespace partita::app
