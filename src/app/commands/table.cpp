#include "partita/base/error.hpp"

#include <string>
#include <vector>

#include "commands/command.hpp"
#include "commands/command_pages.hpp"
#include "nearest_name.hpp"

namespace partita::app {

// One a file.
Command convert_command();
Command evaluate_command();
Command fit_command();
Command generate_command();
Command help_command();
Command info_command();
Command merge_command();
Command predict_command();
Command select_command();
Command transform_command();

std::vector<Command> commands() {
  return {fit_command(),     select_command(),   merge_command(),    transform_command(),
          predict_command(), evaluate_command(), generate_command(), convert_command(),
          info_command(),    help_command()};
}

std::vector<CommandPage> command_pages() {
  std::vector<CommandPage> pages;
  for (const Command& command : commands()) pages.push_back({command.summary, command.syntax()});
  return pages;
}

Command find_command(const std::string& name) {
  std::vector<std::string> names = {"--help", "--version"};
  for (const Command& command : commands()) {
    if (command.name == name) return command;
    names.push_back(command.name);
  }
  const std::string kind = name.starts_with('-') ? "option" : "command";
  throw Error(ErrorKind::usage, "unknown " + kind + " '" + name + "'" + suggestion(name, names) +
                                    " (try 'partita --help')");
}

}  // namespace partita::app
