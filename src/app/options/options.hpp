#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "factorize/settings.hpp"

namespace partita::app {

/// One option of a command: how it is written, what --help says, and where its value goes.
struct Option {
  std::string name;           ///< long name, without dashes
  char letter = 0;            ///< short name, or 0
  std::string argument;       ///< what --help calls the value; empty for a switch
  std::string default_value;  ///< as --help shows it; empty for none
  std::string help;
  /// Takes the text of the value (of a switch: "yes" or "no"); throws Error (usage).
  /// The first argument is the option as the user wrote it, for messages.
  std::function<void(const std::string& option, const std::string& text)> take;
  /// When run.json tells of it, and the value that it then has; nothing where it has none.
  Told told = Told::never;
  std::function<SettingValue()> tell = {};
};

struct OptionGroup {
  std::string title;
  std::vector<Option> options;
};

/// Values that go together, as a --config file has them: `name = value` a line. What is stated
/// wins.
struct Preset {
  std::string name;
  std::string what;  ///< words for the help
  std::string values;
};

/// Everything that one command takes.
struct CommandSyntax {
  std::string command;                ///< "fit"
  std::string usage;                  ///< "partita fit [options] FILE"
  std::string summary;                ///< one paragraph
  std::vector<std::string> operands;  ///< names of the words without dashes, in order
  bool last_operand_repeats = false;  ///< there may be more of it
  bool last_operand_is_optional = false;
  std::function<void(std::size_t position, const std::string& text)> take_operand;
  std::vector<OptionGroup> groups;
  std::vector<Preset> presets = {};  ///< values of --preset
  std::shared_ptr<void> keeps = {};  ///< what the options fill, where nobody else holds it
};

/// Text of a named file, the same on every process; throws Error (no_input, input_output).
using TextReader = std::function<std::string(const std::string& path)>;

/// What was stated, on the command line or in the --config file; not what a preset says.
class StatedOptions {
 public:
  [[nodiscard]] bool help() const { return help_; }
  [[nodiscard]] bool has(const std::string& name) const { return names_.contains(name); }
  [[nodiscard]] const StatedNames& names() const { return names_; }

 private:
  friend StatedOptions parse_options(const CommandSyntax&, const std::vector<std::string>&,
                                     const TextReader&);
  bool help_ = false;
  StatedNames names_;
};

/// Hands every stated value to its option; --help and --config are added to every command. The
/// command line wins over the file, and both over a preset. Nothing is taken when help is asked
/// for.
/// @throws Error (usage) for what is unknown, stated twice, malformed or missing its value.
StatedOptions parse_options(const CommandSyntax& syntax, const std::vector<std::string>& arguments,
                            const TextReader& read_text);

/// The options of a command, with those that every command has.
[[nodiscard]] std::vector<OptionGroup> all_groups(const CommandSyntax& syntax);
/// Usage line, summary and grouped options with their defaults.
[[nodiscard]] std::string help_text(const CommandSyntax& syntax);

}  // namespace partita::app
