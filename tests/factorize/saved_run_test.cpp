#include "factorize/run/saved_run.hpp"

#include "partita/base/error.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "factorize/run/state_fields.hpp"

namespace partita::testing {
namespace {

TallMatrix<double> numbered(Index rows, Index width, double first) {
  TallMatrix<double> W(rows, width);
  for (double& value : W.values()) value = first++;
  return W;
}

PassesState<double> passes() {
  PassesState<double> state;
  state.extrapolation = {
      .first = false, .weight = 0.25, .previous = 0.125, .ceiling = 0.75, .rejections = 3};
  state.revivals_left = 5;
  state.objective = 0.3;
  state.scales_of_A = {1, 2};
  state.scales_of_S = {3, 4};
  state.step_of_A = 0.5;
  state.A = numbered(3, 2, 1);
  state.A_before = numbered(3, 2, 10);
  state.S = numbered(4, 2, 20);
  state.Sy = numbered(4, 2, 30);
  return state;
}

SampledState<double> sampled() {
  return {.squared_error = 2,
          .squared_error_rest = 1e-20,
          .refreshed_at = 3,
          .changes = 7,
          .penalty = 0.5,
          .gram_A = {1, 2, 2, 5},
          .gram_S = {3, 4, 4, 9},
          .factors = {numbered(3, 2, 1), numbered(4, 2, 2)}};
}

/// Every field of a state, as text: what equality means here.
struct Listed {
  std::map<std::string, std::vector<double>> fields;
  template <class Value>
  void value(const std::string& name, const Value& value) {
    if constexpr (std::is_arithmetic_v<Value>) {
      fields[name] = {static_cast<double>(value)};
    } else {
      fields[name] = value;
    }
  }
  void of_A(const std::string& name, const TallMatrix<double>& W) {
    fields["A: " + name] = {W.values().begin(), W.values().end()};
  }
  void of_S(const std::string& name, const TallMatrix<double>& W) {
    fields["S: " + name] = {W.values().begin(), W.values().end()};
  }
};

std::map<std::string, std::vector<double>> listed(const SolverState<double>& state) {
  Listed all;
  std::visit([&](const auto& of_solver) { of_solver.list(of_solver, all); }, state);
  return all.fields;
}

struct Stored {
  SavedRun run;
  std::vector<TallMatrix<double>> matrices;
};

Stored stored(const SolverState<double>& state) {
  Stored all;
  SavedRestart& saved = all.run.running.emplace_back();
  saved.restart = 4;
  saved.phase = RestartPhase::compressed;
  saved.trace = {{0, 0, 0.5, std::numeric_limits<double>::infinity(), false}};
  saved.judged_from = 1;
  const auto store = [&](const TallMatrix<double>& W) {
    all.matrices.push_back(W);
    return static_cast<Index>(all.matrices.size()) - 1;
  };
  FieldWriter<double> fields(saved, store, store);
  std::visit(
      [&](const auto& of_solver) {
        saved.solver_state = of_solver.kName;
        of_solver.list(of_solver, fields);
      },
      state);
  return all;
}

SolverState<double> restored(const Stored& stored) {
  const SavedRestart& saved = stored.run.running.front();
  SolverState<double> state;
  EXPECT_TRUE(become<double>(state, saved.solver_state));
  const auto load = [&](Index place) { return stored.matrices[static_cast<std::size_t>(place)]; };
  const FieldReader<double> fields("file", saved, load, load);
  std::visit([&](auto& of_solver) { of_solver.list(of_solver, fields); }, state);
  return state;
}

TEST(SavedRun, EveryFieldOfEveryStateComesBackByItsName) {
  const std::vector<SolverState<double>> states = {
      FactorsState<double>{{numbered(3, 2, 1), numbered(4, 2, 2)}}, passes(),
      GrowingBlockState<double>{8.5, {numbered(3, 2, 1), numbered(4, 2, 2)}}, sampled()};
  for (const SolverState<double>& state : states) {
    Stored kept = stored(state);
    kept.run.identity = {{"--seed", "3"}};
    kept.run.layout = "1,1,2,4";
    const std::string text = text_of(kept.run);
    kept.run = saved_run("file", text, static_cast<Index>(kept.matrices.size()));
    EXPECT_EQ(kept.run.identity, (RunIdentity{{"--seed", "3"}}));
    EXPECT_EQ(kept.run.layout, "1,1,2,4");
    const SavedRestart& saved = kept.run.running.at(0);
    EXPECT_EQ(saved.restart, 4);
    EXPECT_EQ(saved.phase, RestartPhase::compressed);
    EXPECT_EQ(saved.judged_from, 1);
    EXPECT_TRUE(std::isinf(saved.trace.at(0).objective));
    EXPECT_FALSE(saved.trace.at(0).kept);
    const SolverState<double> again = restored(kept);
    EXPECT_EQ(again.index(), state.index());
    EXPECT_EQ(listed(again), listed(state));
  }
}

TEST(SavedRun, AFieldThatIsMissingIsNamed) {
  Stored kept = stored(passes());
  kept.run.running.front().values.erase("objective");
  try {
    static_cast<void>(restored(kept));
    ADD_FAILURE() << "taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::bad_data);
    EXPECT_NE(std::string(error.what()).find("'objective'"), std::string::npos) << error.what();
  }
}

TEST(SavedRun, MatricesThatAreNotInTheFileAreRefused) {
  for (const Index places : {Index{3}, Index{5}}) {
    const Stored kept = stored(passes());
    EXPECT_THROW(static_cast<void>(saved_run("file", text_of(kept.run), places)), Error);
  }
  Stored twice = stored(passes());
  twice.run.running.front().of_A["A"] = twice.run.running.front().of_A["A_before"];
  EXPECT_THROW(static_cast<void>(saved_run("file", text_of(twice.run), 4)), Error);
}

TEST(SavedRun, FactorsOfAStateAreThoseThatWouldBeWritten) {
  RestartState<double> state;
  state.of_solver = passes();
  const FactorPair<double> factors = state.take_factors();
  EXPECT_EQ(factors.A(1, 0), 3);       // times 1
  EXPECT_EQ(factors.A(1, 1), 4 * 2);   // times 2
  EXPECT_EQ(factors.S(0, 0), 30 * 3);  // Sy, not S
  EXPECT_EQ(factors.S(0, 1), 31 * 4);
}

}  // namespace
}  // namespace partita::testing
