#include "setting_options.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "options/into.hpp"
#include "text_values.hpp"

namespace partita::app {

namespace {

using Take = std::function<void(const std::string&, const std::string&)>;

/// How the text of a value is written, and where it goes.
struct Value {
  std::string argument;
  Take take;
};

Value value(const CountSetting& count, FactorizeOptions& options) {
  return {"N", into_count(count.place.in(options), count.least)};
}

Value value(const SeedSetting& seed, FactorizeOptions& options) {
  return {"N", into(seed.place.in(options), parse_seed)};
}

Value value(const NumberSetting& number, FactorizeOptions& options) {
  double& place = number.place.in(options);
  if (number.words.empty()) return {"NUMBER", into_number(place, number.least)};
  std::string argument;
  for (const auto& [word, value] : number.words) argument += word + "|";
  return {argument + "NUMBER",
          [&place, number](const std::string& option, const std::string& text) {
            const auto word =
                std::ranges::find(number.words, text, &Choices<double>::value_type::first);
            if (word != number.words.end()) {
              place = word->second;
              return;
            }
            place = parse_number(option, text, number.least);
            if (number.open && place == number.least) {
              throw Error(ErrorKind::usage, option + ": '" + text + "' is not above 0");
            }
          }};
}

Value value(const DurationSetting& duration, FactorizeOptions& options) {
  return {"TIME", into(duration.place.in(options), parse_duration)};
}

Value value(const SwitchSetting& on, FactorizeOptions& options) {
  return {"", into(on.place.in(options))};
}

Value value(const ChoiceSetting& choice, FactorizeOptions& options) {
  std::string names;
  for (const std::string& name : choice.names()) names += (names.empty() ? "" : "|") + name;
  return {names, [&options, choice](const std::string& option, const std::string& text) {
            Choices<bool> known;
            for (const std::string& name : choice.names()) known.emplace_back(name, true);
            static_cast<void>(parse_choice(option, text, known));
            choice.set(options, text);
          }};
}

/// As --help shows it: nothing for a switch, nor for a value that has to be stated.
std::string default_text(const Setting& setting) {
  const FactorizeOptions defaults;
  if (std::holds_alternative<SwitchSetting>(setting.kind)) return "";
  const auto* count = std::get_if<CountSetting>(&setting.kind);
  if (count != nullptr && count->place.in(defaults) < count->least) return "";
  return short_exponent(text_of(value_of(setting, defaults)));
}

}  // namespace

std::vector<Option> setting_options(FactorizeOptions& options, SettingGroup group) {
  std::vector<Option> found;
  for (const Setting& setting : settings()) {
    if (setting.group != group) continue;
    Value written =
        std::visit([&](const auto& kind) { return value(kind, options); }, setting.kind);
    if (!setting.argument.empty()) written.argument = setting.argument;
    found.push_back({setting.name, setting.letter, written.argument, default_text(setting),
                     help_of(setting), std::move(written.take)});
  }
  return found;
}

void insert_after(std::vector<Option>& options, const std::string& name, Option option) {
  const auto before = std::ranges::find(options, name, &Option::name);
  options.insert(before == options.end() ? before : before + 1, std::move(option));
}

std::string field_name(const std::string& name) {
  std::string field = name;
  std::ranges::replace_if(
      field, [](char c) { return c == '-' || c == ' '; }, '_');
  return field;
}

}  // namespace partita::app
