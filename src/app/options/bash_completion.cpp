#include "options/pages.hpp"
#include "options/value_words.hpp"

namespace partita::app {

namespace {

// Bash cuts words at '=', so that a value after one is a word of its own, and its option the word
// before the last.
constexpr const char* kHead = R"(# Completion of partita for bash: source this file.
_partita() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command=
  if [[ $word == = ]]; then
    word=
  elif [[ $before == = ]]; then
    before=${COMP_WORDS[COMP_CWORD-2]}
  fi
  [[ $COMP_CWORD == 1 ]] || command=${COMP_WORDS[1]}
  local kind=files
)";

constexpr const char* kTail = R"(  case $kind in
    files)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
    folders)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
    *) mapfile -t COMPREPLY < <(compgen -W "$kind" -- "$word") ;;
  esac
}
complete -F _partita partita
)";

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

/// What may stand for a value: words, "files", "folders", or nothing that can be known.
std::string kind_of(const std::string& argument) {
  if (argument == "FILE" || argument == "MATRIX") return "files";
  if (argument == "DIR") return "folders";
  return joined(words_of(argument));
}

std::string names_of(const Option& option) {
  return "--" + option.name + (option.letter == 0 ? "" : std::string(" -") + option.letter);
}

/// The case of one command: its options, what follows those that take a value, and its operands.
std::string case_of(const CommandSyntax& syntax) {
  std::vector<std::string> names;
  std::string values;
  for (const OptionGroup& group : all_groups(syntax)) {
    for (const Option& option : group.options) {
      names.push_back(names_of(option));
      if (option.argument.empty()) continue;
      const std::string letter = option.letter == 0 ? "" : std::string("|-") + option.letter;
      values +=
          "        --" + option.name + letter + ") kind=\"" + kind_of(option.argument) + "\" ;;\n";
    }
  }
  const std::string operand = syntax.operands.empty() ? "" : kind_of(syntax.operands.back());
  return "    " + syntax.command + ")\n      case $before in\n" + values +
         "        *) if [[ $word == -* ]]; then kind=\"" + joined(names) + "\"; else kind=\"" +
         operand + "\"; fi ;;\n      esac ;;\n";
}

}  // namespace

std::string bash_completion(const std::vector<CommandPage>& pages) {
  std::vector<std::string> names;
  std::string cases;
  for (const CommandPage& page : pages) {
    names.push_back(page.syntax.command);
    cases += case_of(page.syntax);
  }
  return std::string(kHead) + "  case $command in\n    '') kind=\"" + joined(names) +
         " --help --version\" ;;\n" + cases + "  esac\n" + kTail;
}

}  // namespace partita::app
