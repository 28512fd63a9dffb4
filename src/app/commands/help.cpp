#include "partita/base/error.hpp"

#include <string>
#include <vector>

#include "commands/command.hpp"
#include "commands/command_pages.hpp"
#include "exit_codes.hpp"
#include "options/rows.hpp"
#include "parse_or_help.hpp"
#include "shared_text.hpp"

namespace partita::app {

namespace {

enum class Form { text, man, bash, markdown };
const Choices<Form> kForms = {
    {"text", Form::text}, {"man", Form::man}, {"bash", Form::bash}, {"markdown", Form::markdown}};

struct HelpOptions {
  std::string command;
  Form form = Form::text;
};

/// "fit|merge|..."
std::string command_names() {
  std::string names;
  for (const Command& command : commands()) names += (names.empty() ? "" : "|") + command.name;
  return names;
}

CommandSyntax help_syntax(HelpOptions& options) {
  return {.command = "help",
          .usage = "partita help [COMMAND] [--as text|man|bash|markdown]",
          .summary =
              "Prints how partita, or one of its commands, is called:\n"
              "  partita help fit\n"
              "  partita help fit --as man | man -l -\n"
              "  source <(partita help --as bash)      completion of commands, options and values",
          .operands = {command_names()},
          .last_operand_is_optional = true,
          .take_operand = [&options](std::size_t /*position*/,
                                     const std::string& text) { options.command = text; },
          .groups = {{"Form",
                      {choice_option("as", options.form, kForms,
                                     "text, a manual page in roff, a script that completes all "
                                     "commands in bash, or tables in Markdown")}}}};
}

std::string help_of(const HelpOptions& options) {
  std::vector<CommandPage> pages = command_pages();
  if (!options.command.empty()) {
    const std::string name = find_command(options.command).name;
    std::erase_if(pages, [&](const CommandPage& page) { return page.syntax.command != name; });
  }
  const bool all = options.command.empty();
  switch (options.form) {
    case Form::text:
      return all ? program_help(pages) : help_text(pages.front().syntax);
    case Form::man:
      return all ? man_page(pages) : man_page(pages.front());
    case Form::bash:
      return bash_completion(command_pages());
    case Form::markdown:
      return markdown(pages);
  }
  throw Error(ErrorKind::internal, "unknown form of help");
}

int run_help(const Communicator& world, const std::vector<std::string>& arguments) {
  HelpOptions options;
  if (!parse_or_help(world, help_syntax(options), arguments)) return kDone;
  print_on_root(world, help_of(options));
  return kDone;
}

}  // namespace

Command help_command() {
  return {"help", "how to call partita; also as manual page or for bash",
          [] { return described(help_syntax); }, run_help};
}

}  // namespace partita::app
