#include "options.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <optional>
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

std::vector<OptionGroup> all_groups(const CommandSyntax& syntax) {
  std::vector<OptionGroup> groups = syntax.groups;
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
  const po::positional_options_description none;
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

std::vector<Statement> read_config(const std::string& path, const std::string& text,
                                   const std::vector<OptionGroup>& groups) {
  std::vector<Statement> statements;
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    const std::string place = path + ":" + std::to_string(number) + ": ";
    const std::string content = trimmed(line.substr(0, line.find('#')));
    if (content.empty()) continue;
    const std::size_t equals = content.find('=');
    if (equals == std::string::npos) {
      usage_error(place + "'" + content + "' is not of the form 'name = value'");
    }
    const std::string name = trimmed(content.substr(0, equals));
    const Option* option = find_option(groups, name);
    if (option == nullptr || !option->take) {
      usage_error(place + "unknown option '" + name + "'" + suggestion(name, names_in(groups)));
    }
    const bool again = std::ranges::any_of(
        statements, [&](const Statement& earlier) { return earlier.option == option; });
    if (again) usage_error(place + "option '" + name + "' is stated twice");
    statements.push_back({option, place + name, trimmed(content.substr(equals + 1))});
  }
  return statements;
}

void take(const Statement& statement) {
  const bool is_switch = statement.option->argument.empty();
  if (is_switch && !parse_switch(statement.place, statement.text)) return;
  statement.option->take(statement.place, statement.text);
}

}  // namespace

StatedOptions parse_options(const CommandSyntax& syntax, const std::vector<std::string>& arguments,
                            const TextReader& read_text) {
  const std::vector<OptionGroup> groups = all_groups(syntax);
  std::vector<Statement> statements;
  std::vector<std::string> operands;
  std::optional<std::string> config;
  StatedOptions stated;
  for (const po::option& part : split_arguments(syntax, arguments)) {
    if (part.string_key.empty()) {
      operands.insert(operands.end(), part.value.begin(), part.value.end());
      continue;
    }
    const Option* option = find_option(groups, part.string_key);
    if (!stated.names_.insert(option->name).second && option->name != "help") {
      usage_error("option '--" + option->name + "' is stated twice");
    }
    const std::string text = part.value.empty() ? "yes" : part.value.front();
    if (option->name == "help") {
      stated.help_ = true;
    } else if (option->name == "config") {
      config = text;
    } else {
      statements.push_back({option, "--" + option->name, text});
    }
  }
  if (stated.help_) return stated;
  if (operands.size() > syntax.operands.size()) {
    usage_error("unexpected argument '" + operands[syntax.operands.size()] + "'");
  }
  if (operands.size() < syntax.operands.size()) {
    usage_error("missing " + syntax.operands[operands.size()] + ": " + syntax.usage);
  }
  if (config) {
    for (const Statement& statement : read_config(*config, read_text(*config), groups)) {
      if (!stated.names_.insert(statement.option->name).second) continue;
      take(statement);
      const bool off =
          statement.option->argument.empty() && !parse_switch(statement.place, statement.text);
      if (off) stated.names_.erase(statement.option->name);
    }
  }
  for (const Statement& statement : statements) take(statement);
  for (std::size_t i = 0; i < operands.size(); ++i) syntax.take_operand(i, operands[i]);
  return stated;
}

std::string help_text(const CommandSyntax& syntax) {
  std::ostringstream text;
  text << "usage: " << syntax.usage << "\n\n" << syntax.summary << "\n";
  for (const OptionGroup& group : all_groups(syntax)) text << "\n" << describe(group);
  return text.str();
}

}  // namespace partita::app
