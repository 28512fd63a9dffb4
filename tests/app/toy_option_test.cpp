// An option from outside: one row, added here, is all that --help, --config, the check of its range
// and of the solvers that it goes with, run.json, manual, tables and completion need.
#include "partita/base/error.hpp"

#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "commands/command_pages.hpp"
#include "factorize/settings.hpp"
#include "fit_options.hpp"
#include "options/pages.hpp"

namespace partita::app {
namespace {

double& toy_value() {
  static double value = 0.5;
  return value;
}

Setting toy_row() {
  return {.name = "toy-step",
          .letter = 'y',
          .group = SettingGroup::factorisation,
          .argument = "STEP",
          .help = "how far the toy goes",
          .kind = NumberSetting{[](auto& /*options*/) -> auto& {return toy_value();
}
, 0.25
}  // namespace
, .told = Told::where_it_has_effect, .needs = Ability::sketch, .because = "nothing else has toys"
};  // namespace partita::app
}

class ToyOption : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { add_setting(toy_row()); }
  void SetUp() override { toy_value() = 0.5; }

  static FitOptions fit(const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"-k", "3", "X.npy"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return *parse_fit(arguments, [](const std::string&) { return "toy-step = 0.75\n"; });
  }
  static std::string refusal(const std::vector<std::string>& more) {
    try {
      static_cast<void>(fit(more));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::usage);
      return error.what();
    }
    return "";
  }
  static const SettingValue* reported(const FitOptions& options) {
    static std::vector<std::pair<std::string, SettingValue>> fields;
    fields = reported_options(options, options.factorize);
    for (const auto& [name, value] : fields) {
      if (name == "toy_step") return &value;
    }
    return nullptr;
  }
};

TEST_F(ToyOption, IsTakenFromTheCommandLineAndFromFiles) {
  static_cast<void>(fit({"--toy-step", "2"}));
  EXPECT_EQ(toy_value(), 2);
  static_cast<void>(fit({"-y3"}));
  EXPECT_EQ(toy_value(), 3);
  static_cast<void>(fit({"--config", "file"}));
  EXPECT_EQ(toy_value(), 0.75);
}

TEST_F(ToyOption, IsRefusedWhereItIsOutOfRangeOrHasNoEffect) {
  EXPECT_EQ(refusal({"--toy-step", "0.1"}), "--toy-step: '0.1' is less than 0.25");
  EXPECT_NE(refusal({"--toy-stop", "1"}).find("did you mean '--toy-step'"), std::string::npos);
  EXPECT_EQ(refusal({"--toy-step", "1", "--solver", "mu"}),
            "--toy-step applies to --solver als with --schedule sweep only: nothing else has toys");
  toy_value() = 0.1;
  FactorizeOptions options;
  options.components = 3;
  EXPECT_THROW(validate(options, 10, 10), Error) << "from C++ too";
}

TEST_F(ToyOption, IsReportedWhereItHasAnEffect) {
  const FitOptions options = fit({"--toy-step", "2"});
  const SettingValue* value = reported(options);
  ASSERT_NE(value, nullptr);
  EXPECT_EQ(*value, SettingValue(2.0));
  EXPECT_EQ(reported(fit({"--solver", "mu"})), nullptr);
}

TEST_F(ToyOption, IsInEveryFormOfHelp) {
  for (const CommandPage& page : command_pages()) {
    if (page.syntax.command != "fit") continue;
    const std::string help = help_text(page.syntax);
    EXPECT_NE(help.find("-y [ --toy-step ] STEP (=0.5)"), std::string::npos) << help;
    EXPECT_NE(help.find("how far the toy goes"), std::string::npos);
    EXPECT_NE(man_page(page).find("\\-\\-toy\\-step"), std::string::npos);
  }
  EXPECT_NE(bash_completion(command_pages()).find("--toy-step -y"), std::string::npos);
  EXPECT_NE(
      markdown(command_pages()).find("| `-y, --toy-step STEP` | 0.5 | how far the toy goes |"),
      std::string::npos);
}

}  // namespace
}  // namespace partita::app
