#pragma once

#include "partita/comm/communicator.hpp"

#include <memory>
#include <string>
#include <vector>

#include "options.hpp"

namespace partita::app {

/// A row of the table of commands. A command is one file that defines its row, and one line in
/// table.cpp.
struct Command {
  std::string name;
  std::string summary;        ///< for the list of commands
  CommandSyntax (*syntax)();  ///< how it is called, for help in all its forms
  /// Runs it with the arguments after its name; returns the exit code. Collective over `world`.
  int (*run)(const Communicator& world, const std::vector<std::string>& arguments);
};

/// The commands there are, in the order of the help.
[[nodiscard]] std::vector<Command> commands();
/// @throws Error (usage) naming the nearest one when there is no such command.
[[nodiscard]] Command find_command(const std::string& name);

/// A syntax whose options are to be described, not filled: it keeps what they would fill.
template <class Options>
[[nodiscard]] CommandSyntax described(CommandSyntax (*syntax_of)(Options&)) {
  const auto options = std::make_shared<Options>();
  CommandSyntax syntax = syntax_of(*options);
  syntax.keeps = options;
  return syntax;
}

}  // namespace partita::app
