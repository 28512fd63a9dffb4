#pragma once

#include <string>
#include <vector>

#include "options.hpp"

// What partita tells of its commands, in several forms, all made of the rows of their options.
namespace partita::app {

/// A command and its place in the list of commands.
struct CommandPage {
  std::string summary;  ///< a few words
  CommandSyntax syntax;
};

/// The list of commands, as `partita --help` prints it.
[[nodiscard]] std::string program_help(const std::vector<CommandPage>& pages);
/// Completion of commands, options and their values for bash.
[[nodiscard]] std::string bash_completion(const std::vector<CommandPage>& pages);
/// partita(1): the program and its commands, in roff.
[[nodiscard]] std::string man_page(const std::vector<CommandPage>& pages);
/// partita-COMMAND(1), in roff.
[[nodiscard]] std::string man_page(const CommandPage& page);
/// All commands and their options as tables.
[[nodiscard]] std::string markdown(const std::vector<CommandPage>& pages);

}  // namespace partita::app
