#include "factorize/settings.hpp"

#include "partita/base/error.hpp"

#include <set>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "factorize/solve/solver_table.hpp"
#include "support/matrices.hpp"

namespace partita::testing {
namespace {

constexpr Index kRows = 24;
constexpr Index kColumns = 18;

FactorizeOptions options_of(const SolverRow& row) {
  FactorizeOptions options;
  options.components = 3;
  options.solver = row.kind;
  options.schedule = row.schedule;
  options.restarts = 6;
  // Long enough for the rule that ends restarts to look back over its window.
  options.stop.max_iterations = row.schedule == Schedule::sweep ? 30 : 600;
  options.stop.tolerance = 0;
  return options;
}

std::string refusal(const FactorizeOptions& options, const StatedNames& stated = {}) {
  try {
    check_settings(options, stated);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    return error.what();
  }
  return "";
}

/// The options with other values of a setting, one after another.
std::vector<FactorizeOptions> with_others(const Setting& setting, const FactorizeOptions& options) {
  std::vector<FactorizeOptions> others;
  if (const auto* choice = std::get_if<ChoiceSetting>(&setting.kind)) {
    for (const std::string& name : choice->names()) {
      if (name == choice->get(options) || name == "given") continue;
      others.push_back(options);
      choice->set(others.back(), name);
    }
    return others;
  }
  FactorizeOptions other = options;
  if (const auto* count = std::get_if<CountSetting>(&setting.kind)) count->place.in(other) += 1;
  if (const auto* seed = std::get_if<SeedSetting>(&setting.kind)) seed->place.in(other) += 1;
  if (const auto* number = std::get_if<NumberSetting>(&setting.kind)) number->place.in(other) = 0.5;
  if (const auto* on = std::get_if<SwitchSetting>(&setting.kind)) on->place.in(other) = true;
  return {other};
}

bool same_answer(const WholeRun& one, const WholeRun& other) {
  if (one.restarts.size() != other.restarts.size()) return false;
  if (one.factors.A.cols() != other.factors.A.cols()) return false;
  if (one.stacked != other.stacked) return false;
  for (std::size_t i = 0; i < one.restarts.size(); ++i) {
    const RestartResult& a = one.restarts[i];
    const RestartResult& b = other.restarts[i];
    if (a.restart != b.restart || a.stop != b.stop || a.iterations != b.iterations ||
        a.relative_error != b.relative_error) {
      return false;
    }
  }
  return one.factors.A == other.factors.A && one.factors.S == other.factors.S;
}

/// Every solver and schedule with every setting that decides the answer: it changes the answer, or
/// is refused by a message that names it and what it goes with.
TEST(Settings, ChangeTheAnswerOrAreRefused) {
  const Communicator world = Communicator::world();
  const Matrix X = low_rank_matrix(
      {.rows = kRows, .columns = kColumns, .components = 4, .noise = 0.2, .seed = 3});
  for (const SolverRow& row : solver_table()) {
    const FactorizeOptions options = options_of(row);
    const WholeRun plain = run(world, squarest(world, options.restarts), X, options);
    for (const Setting& setting : settings()) {
      const bool is_key = setting.name == "solver" || setting.name == "schedule";
      if (!setting.decides || is_key || setting.group == SettingGroup::not_written) continue;
      // They speak of how X counts, which is X's own affair: entry_sweeps_test.
      if (setting.group == SettingGroup::entries) continue;
      for (FactorizeOptions changed : with_others(setting, options)) {
        SCOPED_TRACE(row.name + " " + std::to_string(static_cast<int>(row.schedule)) + " --" +
                     setting.name + " " + text_of(value_of(setting, changed)));
        settle(changed);
        const std::string message = refusal(changed);
        EXPECT_EQ(message.empty(), has_effect(setting, changed)) << message;
        if (message.empty()) {
          const JobPlan plan = squarest(world, changed.restarts);
          EXPECT_FALSE(same_answer(run(world, plan, X, changed), plain));
        } else {
          EXPECT_NE(message.find("--" + setting.name), std::string::npos) << message;
          EXPECT_NE(message.find(solvers_that_can(*setting.needs)), std::string::npos) << message;
        }
      }
    }
  }
}

TEST(Settings, ThatAreStatedForNothingAreRefused) {
  for (const SolverRow& row : solver_table()) {
    const FactorizeOptions options = options_of(row);
    for (const Setting& setting : settings()) {
      const bool parameter = setting.told == Told::where_it_has_effect;
      EXPECT_EQ(refusal(options, {setting.name}).empty(),
                !parameter || has_effect(setting, options))
          << row.name << " --" << setting.name;
    }
  }
}

TEST(Settings, OutOfRangeAreRefusedByName) {
  for (const Setting& setting : settings()) {
    FactorizeOptions options;
    options.components = 3;
    if (const auto* count = std::get_if<CountSetting>(&setting.kind)) {
      count->place.in(options) = count->least - 1;
    } else if (const auto* number = std::get_if<NumberSetting>(&setting.kind)) {
      number->place.in(options) = number->least - 0.5;
      EXPECT_NE(refusal(options).find(setting.name), std::string::npos) << setting.name;
      number->place.in(options) = std::nan("");
    } else if (const auto* duration = std::get_if<DurationSetting>(&setting.kind)) {
      duration->place.in(options) = -1;
    } else {
      continue;
    }
    EXPECT_NE(refusal(options).find(setting.name), std::string::npos) << setting.name;
  }
}

TEST(Settings, NamesAndPlacesAreThereOnce) {
  std::set<std::string> names;
  FactorizeOptions options;
  std::set<const void*> places;
  for (const Setting& setting : settings()) {
    EXPECT_TRUE(names.insert(setting.name).second) << setting.name;
    if (const auto* count = std::get_if<CountSetting>(&setting.kind)) {
      EXPECT_TRUE(places.insert(&count->place.in(options)).second) << setting.name;
    }
    if (const auto* number = std::get_if<NumberSetting>(&setting.kind)) {
      EXPECT_TRUE(places.insert(&number->place.in(options)).second) << setting.name;
    }
  }
}

TEST(Settings, OneImpliesAnother) {
  FactorizeOptions options;
  options.constraint = Constraint::none;
  settle(options);
  EXPECT_EQ(options.nnls, NnlsKind::none);
  options = {.nnls = NnlsKind::none};
  settle(options);
  EXPECT_EQ(options.constraint, Constraint::none);
  options = {.components = 3, .nnls = NnlsKind::bpp, .constraint = Constraint::none};
  settle(options);
  EXPECT_NE(refusal(options).find("--nnls bpp"), std::string::npos);
  options = {.components = 3, .nnls = NnlsKind::none};
  settle(options, {"constraint"});
  EXPECT_NE(refusal(options).find("--constraint nonnegative"), std::string::npos);
}

}  // namespace
}  // namespace partita::testing
