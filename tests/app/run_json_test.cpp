// The run.json of real runs against its schema: every field is known and of its kind, none is
// missing.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "app/command_runner.hpp"

namespace partita::app {
namespace {

using nlohmann::json;

/// Kinds of values by the path of their field; * stands for any one name.
const std::map<std::string, std::string> kSchema = {
    {"/status", "text"},
    {"/best_restart", "count"},
    {"/relative_error", "number"},
    {"/objective", "number"},
    {"/iterations", "count"},
    {"/stop_reason", "text"},
    {"/seconds", "number"},
    {"/scaling", "text"},
    {"/options/*", "plain"},
    {"/matrix/file", "text"},
    {"/matrix/rows", "count"},
    {"/matrix/columns", "count"},
    {"/matrix/sparse", "switch"},
    {"/matrix/stored", "count"},
    {"/matrix/frobenius_norm", "number"},
    {"/identity/*", "text"},
    {"/layout/processes", "count"},
    {"/layout/threads", "count"},
    {"/layout/groups", "count"},
    {"/layout/grid", "pair of counts"},
    {"/layout/shared_X", "switch"},
    {"/layout/batch", "count"},
    {"/layout/predicted_bytes_per_process", "number"},
    {"/layout/predicted_words_per_pass", "number"},
    {"/layout/available_bytes_per_process", "number or null"},
    {"/phases/*/seconds/max", "number"},
    {"/phases/*/seconds/mean", "number"},
    {"/phases/*/traffic/*/calls/max", "number"},
    {"/phases/*/traffic/*/calls/mean", "number"},
    {"/phases/*/traffic/*/words/max", "number"},
    {"/phases/*/traffic/*/words/mean", "number"},
    {"/phases/*/traffic/*/seconds/max", "number"},
    {"/phases/*/traffic/*/seconds/mean", "number"},
    {"/work/peak_flops_per_second/max", "number"},
    {"/work/peak_flops_per_second/mean", "number"},
    {"/work/*/seconds/max", "number"},
    {"/work/*/seconds/mean", "number"},
    {"/work/*/flops/max", "number"},
    {"/work/*/flops/mean", "number"},
    {"/work/*/share_of_peak", "number"},
    {"/versions/*", "text"},
    {"/merged_from", "texts"}};

bool is_count(const json& value) {
  return value.is_number_unsigned();
}

bool is_of_kind(const std::string& kind, const json& value) {
  const auto all = [&](auto is) {
    return value.is_array() && !value.empty() && std::all_of(value.begin(), value.end(), is);
  };
  if (kind == "text") return value.is_string();
  if (kind == "count") return is_count(value);
  if (kind == "number") return value.is_number_float();
  if (kind == "number or null") return value.is_number_float() || value.is_null();
  if (kind == "switch") return value.is_boolean();
  if (kind == "plain") return value.is_primitive();
  if (kind == "pair of counts") return all(is_count) && value.size() == 2;
  return kind == "texts" && all([](const json& text) { return text.is_string(); });
}

/// Whether the words of a path between its slashes are those of a pattern.
bool matches(const std::string& pattern, const std::string& path) {
  std::istringstream words(path);
  std::istringstream wanted(pattern);
  std::string word;
  std::string want;
  while (std::getline(wanted, want, '/')) {
    if (!std::getline(words, word, '/') || (want != "*" && want != word)) return false;
  }
  return !std::getline(words, word, '/');
}

/// All fields that hold no further ones, by their paths.
void collect(const json& value, const std::string& path, std::map<std::string, json>& fields) {
  if (!value.is_object()) {
    fields[path] = value;
    return;
  }
  for (const auto& [name, inner] : value.items()) collect(inner, path + "/" + name, fields);
}

/// @param absent  the fields of the schema that this run has no reason to tell.
void expect_schema(const json& report, const std::vector<std::string>& absent) {
  std::map<std::string, json> fields;
  collect(report, "", fields);
  std::map<std::string, int> seen;
  for (const auto& [path, value] : fields) {
    const auto rule = std::find_if(kSchema.begin(), kSchema.end(),
                                   [&](const auto& row) { return matches(row.first, path); });
    if (rule == kSchema.end()) {
      ADD_FAILURE() << path << " is not in the schema";
      continue;
    }
    ++seen[rule->first];
    EXPECT_TRUE(is_of_kind(rule->second, value))
        << path << " = " << value << ", not a " << rule->second;
  }
  for (const auto& [pattern, kind] : kSchema) {
    const bool is_absent = std::find(absent.begin(), absent.end(), pattern) != absent.end();
    EXPECT_EQ(seen[pattern] == 0, is_absent) << pattern;
  }
}

class RunJson : public ::testing::Test {
 protected:
  void SetUp() override { runner.write("x.csv", "1,2,3,4\n4,5,6,5\n7,8,9,1\n2,2,1,7\n3,1,4,1\n"); }
  [[nodiscard]] json report(const std::string& arguments, const std::string& folder) const {
    const char* processes = std::getenv("PARTITA_TEST_PROCESSES");
    const Outcome outcome = runner.run(processes == nullptr ? 1 : std::atoi(processes),
                                       arguments + " --output " + folder);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return json::parse(contents(runner.path(folder + "/run.json")));
  }
  CommandRunner runner;
};

TEST_F(RunJson, OfEverySolverKeepsTheSchema) {
  for (const std::string solver : {"als", "mu", "kaczmarz"}) {
    expect_schema(report("fit -k 2 x.csv --solver " + solver, solver),
                  {"/objective", "/merged_from"});
  }
}

TEST_F(RunJson, TellsTheObjectiveOfPenalties) {
  expect_schema(report("fit -k 2 x.csv --l1-A 0.1", "run"), {"/merged_from"});
}

TEST_F(RunJson, OfAMergedRunKeepsTheSchema) {
  const std::string fit = "fit -k 2 x.csv --restarts 3 --restart-range ";
  static_cast<void>(report(fit + "0:2", "first"));
  static_cast<void>(report(fit + "2:3", "second"));
  expect_schema(report("merge first second", "whole"), {"/objective"});
}

}  // namespace
}  // namespace partita::app
