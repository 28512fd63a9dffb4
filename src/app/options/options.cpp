#include "options.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <sstream>

#include <boost/program_options.hpp>

#include "nearest_name.hpp"
#include "text_values.hpp"

namespace partita::app {

namespace {

namespace po = boost::program_options;

constexpr unsigned kLineWidth = 96;
constexpr unsigned kLeastHelpWidth = 56;
// Everything as usual, but a long name must be written in full.
constexpr int kStyle = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;

/// A value as it was written, with the place for messages.
struct Statement {
  const Option* option;
  std::string place;  ///< "--seed", or "job.conf:3: seed"
  std::string text;
};

[[noreturn]] void usage_error(const std::string& message) {
  throw Error(ErrorKind::usage, message);
}

po::options_description describe(const OptionGroup& group) {
  po::options_description description(group.title, kLineWidth, kLeastHelpWidth);
  for (const Option& option : group.options) {
    const std::string names =
        option.letter == 0 ? option.name : option.name + "," + std::string(1, option.letter);
    if (option.argument.empty()) {
      description.add_options()(names.c_str(), option.help.c_str());
      continue;
    }
    auto* value = po::value<std::string>()->value_name(option.argument);
    if (!option.default_value.empty()) value->default_value("", option.default_value);
    description.add_options()(names.c_str(), value, option.help.c_str());
  }
  return description;
}

const Option* find_option(const std::vector<OptionGroup>& groups, const std::string& name) {
  for (const OptionGroup& group : groups) {
    for (const Option& option : group.options) {
      if (option.name == name || std::string(1, option.letter) == name) return &option;
    }
  }
  return nullptr;
}

std::vector<std::string> names_in(const std::vector<OptionGroup>& groups) {
  std::vector<std::string> names;
  for (const OptionGroup& group : groups) {
    for (const Option& option : group.options) names.push_back(option.name);
  }
  return names;
}

[[noreturn]] void unknown_option(const CommandSyntax& syntax, const std::string& written) {
  const std::string name = written.substr(std::min(written.find_first_not_of('-'), written.size()));
  usage_error("unknown option '" + written + "'" +
              suggestion(name, names_in(all_groups(syntax)), "--") + " (try 'partita " +
              syntax.command + " --help')");
}

std::vector<po::option> split_arguments(const CommandSyntax& syntax,
                                        const std::vector<std::string>& arguments) {
  po::options_description all;
  for (const OptionGroup& group : all_groups(syntax)) all.add(describe(group));
  try {
    return po::command_line_parser(arguments).options(all).style(kStyle).run().options;
  } catch (const po::unknown_option& error) {
    unknown_option(syntax, error.get_option_name());
  } catch (const po::invalid_command_line_syntax& error) {
    const bool extra = error.kind() == po::invalid_syntax::extra_parameter;
    usage_error("option '" + error.get_option_name() +
                (extra ? "' takes no value" : "' needs a value"));
  } catch (const po::error& error) {
    usage_error(error.what());
  }
}

std::string trimmed(const std::string& text) {
  constexpr const char* kBlanks = " \t\r";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

/// One line of a file of options, without its comment.
struct ConfigLine {
  std::string place;  ///< "job.conf:3: "
  std::string content;
};

std::vector<ConfigLine> lines_of(const std::string& path, const std::string& text) {
  std::vector<ConfigLine> found;
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    const std::string content = trimmed(line.substr(0, line.find('#')));
    if (!content.empty()) found.push_back({path + ":" + std::to_string(number) + ": ", content});
  }
  return found;
}

Statement parse_line(const ConfigLine& line, const std::vector<OptionGroup>& groups) {
  const std::size_t equals = line.content.find('=');
  if (equals == std::string::npos) {
    usage_error(line.place + "'" + line.content + "' is not of the form 'name = value'");
  }
  const std::string name = trimmed(line.content.substr(0, equals));
  const Option* option = find_option(groups, name);
  if (option != nullptr && !option->take) {
    usage_error(line.place + "option '" + name + "' is for the command line, not for a file");
  }
  if (option == nullptr) {
    usage_error(line.place + "unknown option '" + name + "'" + suggestion(name, names_in(groups)));
  }
  return {option, line.place + name, trimmed(line.content.substr(equals + 1))};
}

std::vector<Statement> read_config(const std::string& path, const std::string& text,
                                   const std::vector<OptionGroup>& groups) {
  std::vector<Statement> statements;
  for (const ConfigLine& line : lines_of(path, text)) {
    const Statement statement = parse_line(line, groups);
    const bool again = std::ranges::any_of(
        statements, [&](const Statement& earlier) { return earlier.option == statement.option; });
    if (again) {
      usage_error(line.place + "option '" + statement.option->name + "' is stated twice");
    }
    statements.push_back(statement);
  }
  return statements;
}

/// Hands a value to its option; false for a switch that is set to no.
bool take(const Statement& statement) {
  const bool is_switch = statement.option->argument.empty();
  if (is_switch && !parse_switch(statement.place, statement.text)) return false;
  statement.option->take(statement.place, statement.text);
  return true;
}

/// The arguments, by what they are.
struct CommandLine {
  std::vector<Statement> statements;
  std::vector<std::string> operands;
  std::optional<std::string> config;
  std::optional<std::string> preset;
  bool help = false;
};

CommandLine sort_arguments(const CommandSyntax& syntax, const std::vector<OptionGroup>& groups,
                           const std::vector<std::string>& arguments) {
  CommandLine line;
  std::set<std::string> seen;
  for (const po::option& part : split_arguments(syntax, arguments)) {
    if (part.string_key.empty()) {
      line.operands.insert(line.operands.end(), part.value.begin(), part.value.end());
      continue;
    }
    const Option* option = find_option(groups, part.string_key);
    const std::string written = "--" + option->name;
    if (option->name == "help") {
      line.help = true;
      continue;
    }
    if (!seen.insert(option->name).second) usage_error("option '" + written + "' is stated twice");
    const std::string text = part.value.empty() ? "yes" : part.value.front();
    if (option->name == "config") {
      line.config = text;
    } else if (option->name == "preset") {
      line.preset = text;
    } else {
      line.statements.push_back({option, written, text});
    }
  }
  return line;
}

void check_operands(const CommandSyntax& syntax, const std::vector<std::string>& operands) {
  if (operands.size() > syntax.operands.size() && !syntax.last_operand_repeats) {
    usage_error("unexpected argument '" + operands[syntax.operands.size()] + "'");
  }
  const std::size_t needed = syntax.operands.size() - (syntax.last_operand_is_optional ? 1 : 0);
  if (operands.size() < needed) {
    usage_error("missing " + syntax.operands[operands.size()] + ": " + syntax.usage);
  }
}

Option preset_option(const std::vector<Preset>& presets) {
  std::string names;
  std::string words;
  for (const Preset& preset : presets) {
    names += (names.empty() ? "" : "|") + preset.name;
    words += (words.empty() ? "" : "; ") + preset.name + ": " + preset.what + " (";
    for (const ConfigLine& line : lines_of(preset.name, preset.values)) {
      words += (words.ends_with('(') ? "" : ", ") + line.content;
    }
    words += ")";
  }
  return {"preset", 0, names, "", "options for a kind of data; those that are stated win. " + words,
          {}};
}

const Preset& find_preset(const std::vector<Preset>& presets, const std::string& name) {
  Choices<bool> names;
  for (const Preset& preset : presets) names.emplace_back(preset.name, true);
  static_cast<void>(parse_choice("--preset", name, names));
  return *std::ranges::find(presets, name, &Preset::name);
}

}  // namespace

std::vector<OptionGroup> all_groups(const CommandSyntax& syntax) {
  std::vector<OptionGroup> groups = syntax.groups;
  if (!syntax.presets.empty()) {
    groups.push_back({"Presets", {preset_option(syntax.presets)}});
  }
  groups.push_back({"General",
                    {{"config",
                      0,
                      "FILE",
                      "",
                      "read options from FILE, one 'name = value' a line; those of the "
                      "command line win",
                      {}},
                     {"help", 'h', "", "", "print this text", {}}}});
  return groups;
}

StatedOptions parse_options(const CommandSyntax& syntax, const std::vector<std::string>& arguments,
                            const TextReader& read_text) {
  const std::vector<OptionGroup> groups = all_groups(syntax);
  const CommandLine line = sort_arguments(syntax, groups, arguments);
  StatedOptions stated;
  stated.help_ = line.help;
  if (line.help) return stated;
  check_operands(syntax, line.operands);
  for (const Statement& statement : line.statements) stated.names_.insert(statement.option->name);
  if (line.preset) {
    const Preset& preset = find_preset(syntax.presets, *line.preset);
    for (const Statement& statement : read_config("--preset " + preset.name, preset.values, groups))
      take(statement);
  }
  if (line.config) {
    for (const Statement& statement : read_config(*line.config, read_text(*line.config), groups)) {
      if (stated.has(statement.option->name)) continue;
      if (take(statement)) stated.names_.insert(statement.option->name);
    }
  }
  for (const Statement& statement : line.statements) take(statement);
  for (std::size_t i = 0; i < line.operands.size(); ++i) syntax.take_operand(i, line.operands[i]);
  return stated;
}

std::string help_text(const CommandSyntax& syntax) {
  std::ostringstream text;
  text << "usage: " << syntax.usage << "\n\n" << syntax.summary << "\n";
  for (const OptionGroup& group : all_groups(syntax)) text << "\n" << describe(group);
  return text.str();
}

}  // namespace partita::app
