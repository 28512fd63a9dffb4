#include "factorize/settings.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <type_traits>

#include "factorize/solve/nnls_table.hpp"
#include "factorize/solve/solver_table.hpp"

namespace partita {

namespace {

template <class... Actions>
struct Overloaded : Actions... {
  using Actions::operator()...;
};

/// Of values of several kinds, an action each.
template <class Variant, class... Actions>
auto by_kind(const Variant& variant, Actions... actions) {
  return std::visit(Overloaded{std::move(actions)...}, variant);
}

[[noreturn]] void refuse(const std::string& message) {
  throw Error(ErrorKind::usage, message);
}

template <class Number>
std::string digits(Number value) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

std::string as_written(const Setting& setting) {
  return (setting.group == SettingGroup::not_written ? "" : "--") + setting.name;
}

/// The setting, with the value of a choice.
std::string with_value(const Setting& setting, const FactorizeOptions& options) {
  const bool is_choice = std::holds_alternative<ChoiceSetting>(setting.kind);
  return as_written(setting) + (is_choice ? " " + text_of(value_of(setting, options)) : "");
}

/// Why the value is out of the range of its kind, or nothing.
std::string fault_of(const Setting& setting, const FactorizeOptions& options) {
  const auto at_least = [](auto least) { return "must be at least " + digits(least); };
  return by_kind(
      setting.kind,
      [&](const CountSetting& count) {
        return count.place.in(options) >= count.least ? "" : at_least(count.least);
      },
      [](const SeedSetting&) { return std::string(); },
      [&](const NumberSetting& number) {
        const double value = number.place.in(options);
        if (!std::isfinite(value)) return std::string("must be a finite number");
        if (value > number.most) return "must be at most " + digits(number.most);
        return value >= number.least ? "" : at_least(number.least);
      },
      [&](const DurationSetting& duration) {
        return std::string(duration.place.in(options) >= 0 ? "" : "must not be negative");
      },
      [](const SwitchSetting&) { return std::string(); },
      [&](const ChoiceSetting& choice) {
        const std::vector<std::string> names = choice.names();
        const bool known = std::ranges::find(names, choice.get(options)) != names.end();
        return std::string(known ? "" : "has no such value");
      });
}

/// Tells what was asked for from what is so by default.
class Asked {
 public:
  Asked(const FactorizeOptions& options, const StatedNames& stated)
      : options_(options), stated_(stated) {}

  /// Whether the value is another than by default.
  [[nodiscard]] bool differs(const Setting& setting) const {
    return value_of(setting, options_) != value_of(setting, defaults_);
  }
  /// Whether the setting is meant to have an effect. What is always true of a run, such as one
  /// thread or no penalty, may be said of every solver.
  [[nodiscard]] bool for_effect(const Setting& setting) const {
    const bool stated = stated_.contains(setting.name);
    return differs(setting) || (stated && setting.told == Told::where_it_has_effect);
  }
  [[nodiscard]] bool for_effect(const std::string& name) const {
    return std::ranges::any_of(settings(), [&](const Setting& setting) {
      return setting.name == name && for_effect(setting);
    });
  }

 private:
  const FactorizeOptions& options_;
  const StatedNames& stated_;
  FactorizeOptions defaults_;
};

bool chooses_nnls(const FactorizeOptions& options) {
  return solver_row(options.solver, options.schedule).can(Ability::choice_of_nnls);
}

void check_constraint(const FactorizeOptions& options) {
  if (!chooses_nnls(options)) return;
  const NnlsRow& rule = nnls_row(options.nnls);
  const bool free = options.constraint == Constraint::none;
  if (free && rule.nonnegative) {
    refuse("--constraint none contradicts --nnls " + rule.name +
           ": without a constraint it is --nnls none");
  }
  if (!free && !rule.nonnegative) {
    refuse("--nnls " + rule.name + " contradicts --constraint nonnegative");
  }
}

void check_draws(const FactorizeOptions& options, const StatedNames& stated, const Asked& asked) {
  if (options.draws.empty() && !stated.contains("draws")) return;
  require_ability(options, Ability::recorded_draws, "--draws");
  for (const std::string name : {"samples", "inner", "sampling"}) {
    if (asked.for_effect(name)) {
      refuse("--" + name + " contradicts --draws, which states what is drawn");
    }
  }
}

}  // namespace

SettingValue value_of(const Setting& setting, const FactorizeOptions& options) {
  return by_kind(
      setting.kind,
      [&](const NumberSetting& number) -> SettingValue {
        const double value = number.place.in(options);
        for (const auto& [word, of_word] : number.words) {
          if (value == of_word) return word;
        }
        return value;
      },
      [&](const DurationSetting& duration) -> SettingValue {
        const double seconds = duration.place.in(options);
        if (std::isinf(seconds)) return std::monostate();
        return seconds;
      },
      [&](const ChoiceSetting& choice) -> SettingValue { return choice.get(options); },
      [&](const auto& plain) -> SettingValue { return plain.place.in(options); });
}

std::string text_of(const SettingValue& value) {
  return by_kind(
      value, [](std::monostate) { return std::string("none"); },
      [](bool on) { return std::string(on ? "yes" : "no"); },
      [](const std::string& name) { return name; }, [](auto number) { return digits(number); });
}

std::string help_of(const Setting& setting) {
  const auto* choice = std::get_if<ChoiceSetting>(&setting.kind);
  return setting.help + (choice != nullptr && choice->words ? choice->words() : "");
}

bool has_effect(const Setting& setting, const FactorizeOptions& options) {
  return !setting.needs || solver_row(options.solver, options.schedule).can(*setting.needs);
}

void require_ability(const FactorizeOptions& options, Ability ability, const std::string& what,
                     const std::string& because) {
  if (solver_row(options.solver, options.schedule).can(ability)) return;
  refuse(what + " applies to " + solvers_that_can(ability) + " only" +
         (because.empty() ? "" : ": " + because));
}

void settle(FactorizeOptions& options, const StatedNames& stated) {
  if (!chooses_nnls(options)) return;
  const bool nnls_is_open = !stated.contains("nnls") && options.nnls == FactorizeOptions{}.nnls;
  if (options.constraint == Constraint::none && nnls_is_open) options.nnls = NnlsKind::none;
  if (!nnls_row(options.nnls).nonnegative && !stated.contains("constraint")) {
    options.constraint = Constraint::none;
  }
}

void check_settings(const FactorizeOptions& options, const StatedNames& stated) {
  const Asked asked(options, stated);
  for (const Setting& setting : settings()) {
    const std::string fault = fault_of(setting, options);
    if (!fault.empty()) {
      refuse(as_written(setting) + " " + fault + ", not " + text_of(value_of(setting, options)));
    }
    if (setting.needs && asked.for_effect(setting)) {
      require_ability(options, *setting.needs, with_value(setting, options), setting.because);
    }
  }
  check_constraint(options);
  check_draws(options, stated, asked);
}

}  // namespace partita
