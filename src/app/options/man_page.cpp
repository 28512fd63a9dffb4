#include <array>

#include "options/pages.hpp"

namespace partita::app {

namespace {

struct ExitCode {
  int code;
  const char* meaning;
};
constexpr std::array kExitCodes = {
    ExitCode{0, "done"},
    ExitCode{1, "no restart ended with a finite error"},
    ExitCode{64, "wrong or contradictory options, or sizes that do not fit"},
    ExitCode{65, "the input is not what it claims to be"},
    ExitCode{66, "no such input"},
    ExitCode{70, "a fault of partita itself"},
    ExitCode{73, "the output cannot be created"},
    ExitCode{74, "reading or writing failed"},
    ExitCode{75, "stopped early by a time limit or a signal; the same command continues"},
};

/// Text as roff takes it: no escapes, hyphens that can be copied, no line that is a request.
std::string plain(const std::string& text) {
  std::string result;
  bool line_begins = true;
  for (const char c : text) {
    if (line_begins && (c == '.' || c == '\'')) result += "\\&";
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else {
      result += c;
    }
    line_begins = c == '\n';
  }
  return result;
}

std::string bold(const std::string& text) {
  return "\\fB" + plain(text) + "\\fR";
}

std::string head(const std::string& title, const std::string& name, const std::string& summary,
                 const std::string& usage) {
  return ".TH " + title + " 1 \"\" \"partita " PARTITA_VERSION "\" \"User Commands\"\n.SH NAME\n" +
         plain(name) + " \\- " + plain(summary) + "\n.SH SYNOPSIS\n" + bold(usage) + "\n.br\n" +
         bold("mpirun -n P " + usage) + "\n.SH DESCRIPTION\n";
}

std::string entry(const Option& option) {
  std::string names = bold("--" + option.name);
  if (option.letter != 0) names = bold(std::string("-") + option.letter) + ", " + names;
  if (!option.argument.empty()) names += " \\fI" + plain(option.argument) + "\\fR";
  std::string text = ".TP\n" + names + "\n" + plain(option.help);
  if (!option.default_value.empty()) text += " (default: " + plain(option.default_value) + ")";
  return text + "\n";
}

std::string exit_codes() {
  std::string text = ".SH EXIT STATUS\n";
  for (const ExitCode& code : kExitCodes) {
    text += ".TP\n" + bold(std::to_string(code.code)) + "\n" + plain(code.meaning) + "\n";
  }
  return text;
}

std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

}  // namespace

std::string man_page(const std::vector<CommandPage>& pages) {
  std::string text = head("PARTITA", "partita", "factor large non-negative matrices",
                          "partita COMMAND [options] [FILE]") +
                     "Factors large non\\-negative matrices, X = A S, on any number of "
                     "processes.\n.SH COMMANDS\n";
  std::string others;
  for (const CommandPage& page : pages) {
    const std::string& name = page.syntax.command;
    text += ".TP\n" + bold(name) + "\n" + plain(page.summary) + "\n";
    others += (others.empty() ? "" : ",\n") + bold("partita-" + name) + "(1)";
  }
  return text + exit_codes() + ".SH SEE ALSO\n" + others + "\n";
}

std::string man_page(const CommandPage& page) {
  const CommandSyntax& syntax = page.syntax;
  const std::string name = "partita-" + syntax.command;
  // Its lines are set by hand.
  std::string text = head(upper(name), name, page.summary, syntax.usage) + ".nf\n" +
                     plain(syntax.summary) + "\n.fi\n.SH OPTIONS\n";
  for (const OptionGroup& group : all_groups(syntax)) {
    text += ".SS " + plain(group.title) + "\n";
    for (const Option& option : group.options) text += entry(option);
  }
  return text + exit_codes() + ".SH SEE ALSO\n" + bold("partita") + "(1)\n";
}

}  // namespace partita::app
