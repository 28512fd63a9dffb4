#include "options/pages.hpp"

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "commands/command.hpp"
#include "commands/command_pages.hpp"

namespace partita::app {
namespace {

namespace fs = std::filesystem;

/// What bash offers after some words of a command line, as one line.
class Completion : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "partita-pages-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    std::ofstream(folder_ / "completion") << bash_completion(command_pages());
    std::ofstream(folder_ / "matrix.npy") << "x";
    fs::create_directory(folder_ / "matrices");
  }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string after(const std::string& words) const {
    std::ofstream(folder_ / "try")
        << "set -u; cd '" << folder_.string() << "'; source ./completion; COMP_WORDS=(" << words
        << "); COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 )); _partita; echo \"${COMPREPLY[*]}\"";
    const std::string command = "bash '" + (folder_ / "try").string() + "' 2>&1";
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    std::string text;
    std::array<char, 256> piece{};
    while (fgets(piece.data(), piece.size(), pipe.get()) != nullptr) text += piece.data();
    return text.empty() ? text : text.substr(0, text.size() - 1);
  }

 private:
  fs::path folder_;
};

TEST_F(Completion, OffersCommandsOptionsAndValues) {
  EXPECT_EQ(after("partita ge"), "generate");
  EXPECT_EQ(after("partita fit --solv"), "--solver");
  EXPECT_EQ(after("partita fit x --solver ''"), "als kaczmarz mu");
  EXPECT_EQ(after("partita fit --solver = k"), "kaczmarz");
  EXPECT_EQ(after("partita fit --solver ="), "als kaczmarz mu");
  EXPECT_EQ(after("partita fit --relaxation d"), "decay");
  EXPECT_EQ(after("partita fit --seed ''"), "");
  EXPECT_EQ(after("partita generate f"), "factory");
  EXPECT_EQ(after("partita help eval"), "evaluate");
}

TEST_F(Completion, OffersFilesAndFolders) {
  EXPECT_EQ(after("partita info matrix."), "matrix.npy");
  EXPECT_EQ(after("partita fit -k 3 --quiet matrix."), "matrix.npy");
  EXPECT_EQ(after("partita fit --output mat"), "matrices");
  EXPECT_EQ(after("partita merge mat"), "matrices");
  EXPECT_EQ(after("partita fit --init-A matrix."), "matrix.npy");
}

TEST(Pages, EveryOptionIsInEveryForm) {
  const std::vector<CommandPage> pages = command_pages();
  const std::string tables = markdown(pages);
  const std::string completion = bash_completion(pages);
  for (const CommandPage& page : pages) {
    const std::string manual = man_page(page);
    EXPECT_NE(man_page(pages).find("partita\\-" + page.syntax.command), std::string::npos);
    EXPECT_NE(program_help(pages).find("\n  " + page.syntax.command + " "), std::string::npos);
    for (const OptionGroup& group : all_groups(page.syntax)) {
      for (const Option& option : group.options) {
        std::string in_roff = "\\-\\-" + option.name;
        for (std::size_t i = 4; (i = in_roff.find('-', i)) != std::string::npos; i += 2) {
          in_roff.insert(i, "\\");
        }
        EXPECT_NE(manual.find(in_roff), std::string::npos) << in_roff;
        EXPECT_NE(tables.find("--" + option.name), std::string::npos) << option.name;
        EXPECT_NE(completion.find("--" + option.name), std::string::npos) << option.name;
      }
    }
  }
}

TEST(Pages, LinesOfManualPagesAreNoRequestsByAccident) {
  for (const CommandPage& page : command_pages()) {
    CommandSyntax syntax = page.syntax;
    syntax.summary = ".TH is a request\n'so is this\na\\b";
    const std::string manual = man_page(CommandPage{page.summary, syntax});
    EXPECT_NE(manual.find("\n\\&.TH is a request\n\\&'so is this\na\\eb\n"), std::string::npos);
  }
}

TEST(Pages, OptionsFileIsAsPrinted) {
  std::ifstream file(PARTITA_OPTIONS_FILE);
  const std::string committed{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(committed, markdown(command_pages()))
      << "write it anew: partita help --as markdown >src/app/OPTIONS.md";
}

TEST(Commands, AreFoundByName) {
  for (const Command& command : commands()) {
    EXPECT_EQ(find_command(command.name).run, command.run);
    EXPECT_EQ(command.syntax().command, command.name);
  }
}

}  // namespace
}  // namespace partita::app
