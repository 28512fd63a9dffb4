#include "options/pages.hpp"

namespace partita::app {

namespace {

/// Text that may stand in a table.
std::string cell(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '|' || c == '*' || c == '<' || c == '_') result += '\\';
    result += c;
  }
  return result;
}

/// The same between backticks, where only bars matter.
std::string code(const std::string& text) {
  std::string result = "`";
  for (const char c : text) {
    if (c == '|') result += '\\';
    result += c;
  }
  return result + "`";
}

std::string row(const Option& option) {
  std::string names = "--" + option.name;
  if (option.letter != 0) names = std::string("-") + option.letter + ", " + names;
  if (!option.argument.empty()) names += " " + option.argument;
  return "| " + code(names) + " | " + cell(option.default_value) + " | " + cell(option.help) +
         " |\n";
}

}  // namespace

std::string markdown(const std::vector<CommandPage>& pages) {
  std::string text =
      "# Commands and options\n\nPrinted by `partita help --as markdown`; a test holds this file "
      "equal to it.\n";
  for (const CommandPage& page : pages) {
    const CommandSyntax& syntax = page.syntax;
    text += "\n## partita " + syntax.command + "\n\n```\n" + syntax.usage + "\n\n" +
            syntax.summary + "\n```\n";
    for (const OptionGroup& group : all_groups(syntax)) {
      text += "\n### " + group.title + "\n\n| option | default | meaning |\n|---|---|---|\n";
      for (const Option& option : group.options) text += row(option);
    }
  }
  return text;
}

}  // namespace partita::app
