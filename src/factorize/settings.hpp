#pragma once

#include "partita/factorize/options.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/choices.hpp"
#include "factorize/ability.hpp"

// The table of settings: one row each for everything that FactorizeOptions holds. From a row come
// the option of the command line with its help, the check of its range, the refusal where it has no
// effect, its entry in reports, and its share in the identity of a run.
namespace partita {

/// Where the value of a setting stands in the options.
template <class Value>
class Place {
 public:
  /// @param path  without captures: [](auto& options) -> auto& { return options.seed; }
  template <class Path>
  constexpr Place(Path /*path*/)  // NOLINT(google-explicit-constructor)
      : read_([](const FactorizeOptions& options) -> const Value& { return Path{}(options); }),
        write_([](FactorizeOptions& options) -> Value& { return Path{}(options); }) {}

  [[nodiscard]] const Value& in(const FactorizeOptions& options) const { return read_(options); }
  [[nodiscard]] Value& in(FactorizeOptions& options) const { return write_(options); }

 private:
  const Value& (*read_)(const FactorizeOptions&);
  Value& (*write_)(FactorizeOptions&);
};

// Kinds of values.
struct CountSetting {
  Place<Index> place;
  Index least;
};
struct SeedSetting {
  Place<std::uint64_t> place;
};
/// A finite number of least ... most, some of which have words. Where `least` has one and is open,
/// a number that is written is above it.
struct NumberSetting {
  Place<double> place;
  double least;
  Choices<double> words = {};
  double most = std::numeric_limits<double>::infinity();
  bool open = false;
};
/// Seconds; infinite for no limit.
struct DurationSetting {
  Place<double> place;
};
struct SwitchSetting {
  Place<bool> place;
};
/// One of several names. `words` are what the names stand for, to end the help with, or empty.
struct ChoiceSetting {
  std::function<std::vector<std::string>()> names;
  std::function<std::string()> words;
  std::function<std::string(const FactorizeOptions&)> get;
  std::function<void(FactorizeOptions&, const std::string& name)> set;
};
using SettingKind = std::variant<CountSetting, SeedSetting, NumberSetting, DurationSetting,
                                 SwitchSetting, ChoiceSetting>;

/// A value as reports have it; nothing for "no limit".
using SettingValue = std::variant<std::monostate, bool, Index, std::uint64_t, double, std::string>;

enum class SettingGroup {
  factorisation,
  entries,
  starts,
  stopping,
  layout,
  not_written,  ///< worked out from other options
};

/// When a report tells of a setting.
enum class Told { always, where_it_has_effect, never };

/// A row of the table.
struct Setting {
  std::string name;  ///< as users write it: "max-iterations"
  char letter = 0;   ///< short name, or 0
  SettingGroup group;
  std::string argument = {};  ///< what the help calls the value; empty: by its kind
  std::string help = {};
  SettingKind kind;
  Told told = Told::always;
  bool decides = true;  ///< whether the answer depends on it
  /// Solvers without this ability are left as they are by it; `because` says why, or nothing.
  std::optional<Ability> needs = {};
  std::string because = {};
};

/// The settings there are, in the order of helps and reports.
[[nodiscard]] std::span<const Setting> settings();
/// Adds a setting of the caller's own, before the first run; not for use by several threads.
void add_setting(Setting setting);

[[nodiscard]] SettingValue value_of(const Setting& setting, const FactorizeOptions& options);
/// Integers in digits, numbers in the shortest decimals that read back, choices by name, yes or no.
[[nodiscard]] std::string text_of(const SettingValue& value);
/// What the help says, with what the names of a choice stand for.
[[nodiscard]] std::string help_of(const Setting& setting);
/// Whether the setting has an effect with the solver and schedule of the options.
[[nodiscard]] bool has_effect(const Setting& setting, const FactorizeOptions& options);

/// Names of settings that a user stated, even if with the value that they have anyway.
using StatedNames = std::set<std::string, std::less<>>;

/// Fills in what one setting implies for another, where that was not stated: without a constraint
/// als solves by the rule that has none, and with that rule there is no constraint.
void settle(FactorizeOptions& options, const StatedNames& stated = {});
/// @throws Error (usage) naming the first setting that is out of range, or that is stated or other
/// than by default and has no effect with the solver and schedule, or that contradicts another.
void check_settings(const FactorizeOptions& options, const StatedNames& stated = {});
/// @throws Error (usage) "WHAT applies to ... only: BECAUSE" unless the solver has the ability.
void require_ability(const FactorizeOptions& options, Ability ability, const std::string& what,
                     const std::string& because = {});

}  // namespace partita
