// Replays the recorded cases of tests/golden: numpy's traces and factors of the classical sampled
// methods, from the same starts and draws, on every layout.
#include "partita/io/formats/factor_files.hpp"
#include "partita/io/formats/matrix_format.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "io/formats/recorded_draws.hpp"
#include "support/matrices.hpp"

namespace partita::testing {
namespace {

constexpr double kTolerance = 1e-9;

/// One folder of tests/golden.
struct Case {
  std::string folder;
  Matrix X;
  WholeFactors start;
  WholeFactors end;
  FactorizeOptions options;
  std::vector<double> errors;  ///< after iterations 1, 2, ...

  [[nodiscard]] std::string file(const std::string& name) const { return folder + "/" + name; }
};

Matrix read_rows(const Communicator& world, const std::string& path, Side side) {
  const auto source = open_factor(world, path, side);
  const Range all{0, source->shape().rows};
  const TallMatrix<double> values = read_factor(world, *source, all);
  return Eigen::Map<const Matrix>(values.data(), values.rows(), values.width());
}

std::vector<double> read_errors(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  std::vector<double> errors;
  while (std::getline(file, line)) errors.push_back(std::stod(line.substr(line.find(',') + 1)));
  return errors;
}

Case read_case(const Communicator& world, const std::string& name) {
  Case c;
  c.folder = std::string(PARTITA_GOLDEN) + "/" + name;
  const nlohmann::json facts = nlohmann::json::parse(std::ifstream(c.file("case.json")));
  c.X = read_rows(world, c.file("X.npy"), Side::A);
  c.start = {read_rows(world, c.file("A0.npy"), Side::A),
             read_rows(world, c.file("S0.npy"), Side::S)};
  c.end = {read_rows(world, c.file("A.npy"), Side::A), read_rows(world, c.file("S.npy"), Side::S)};
  c.errors = read_errors(c.file("trace.csv"));
  c.options.components = facts.at("components");
  c.options.solver = facts.at("method") == "als" ? SolverKind::als : SolverKind::kaczmarz;
  c.options.schedule = Schedule::random;
  c.options.constraint = Constraint::none;
  c.options.init = StartKind::given;
  c.options.restarts = 1;
  c.options.draws = read_recorded_draws(world, c.file("draws.csv"), c.X.rows(), c.X.cols());
  EXPECT_EQ(c.options.draws.size(), c.errors.size());
  c.options.stop.max_iterations = static_cast<Index>(c.options.draws.size());
  EXPECT_EQ(facts.at("iterations").get<std::size_t>(), c.errors.size());
  return c;
}

void expect_close(const Matrix& found, const Matrix& expected) {
  ASSERT_EQ(found.rows(), expected.rows());
  ASSERT_EQ(found.cols(), expected.cols());
  EXPECT_LE((found - expected).cwiseAbs().maxCoeff(), kTolerance * expected.cwiseAbs().maxCoeff());
}

void expect_replay(const Communicator& world, const JobPlan& plan, const Case& c, bool sparse) {
  SCOPED_TRACE(name_of(plan) + (sparse ? ", sparse" : ""));
  const WholeRun found = run(world, plan, c.X, c.options, sparse, c.start);
  ASSERT_EQ(found.restarts.size(), 1U);
  const ErrorTrace& trace = found.restarts.front().trace;
  ASSERT_EQ(trace.size(), c.errors.size() + 1) << "the start is iteration 0";
  EXPECT_NEAR(trace.front().relative_error, plain_relative_error(c.X, c.start), 1e-12);
  for (std::size_t t = 0; t < c.errors.size(); ++t) {
    ASSERT_NEAR(trace[t + 1].relative_error, c.errors[t], kTolerance * c.errors[t])
        << "iteration " << t + 1;
  }
  expect_close(found.factors.A, c.end.A);
  expect_close(found.factors.S, c.end.S);
  EXPECT_NEAR(found.best.relative_error, c.errors.back(), kTolerance * c.errors.back());
}

class Golden : public ::testing::TestWithParam<std::string> {};

TEST_P(Golden, IsReplayedOnEveryLayout) {
  const Communicator world = Communicator::world();
  const Case c = read_case(world, GetParam());
  const std::vector<GridShape> shapes = grid_shapes(world.size());
  const bool is_long = c.errors.size() > 500;  // processes that share a core make this slow
  for (const GridShape grid : shapes) {
    if (is_long && grid != shapes[shapes.size() / 2]) continue;
    expect_replay(world, {.groups = 1, .grid = grid}, c, false);
  }
  if (is_long) return;
  expect_replay(world, {.groups = 1, .grid = shapes[shapes.size() / 2]}, c, true);
  expect_replay(world, {.groups = world.size(), .grid = {1, 1}}, c, false);  // most have no restart
}

std::vector<std::string> cases() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(PARTITA_GOLDEN)) {
    names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

std::string test_name(const ::testing::TestParamInfo<std::string>& tested) {
  std::string name = tested.param;
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Cases, Golden, ::testing::ValuesIn(cases()), test_name);

TEST(GoldenCases, AreAllThere) {
  EXPECT_EQ(cases().size(), 6U);
}

}  // namespace
}  // namespace partita::testing
