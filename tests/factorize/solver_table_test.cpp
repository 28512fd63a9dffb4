#include "factorize/solve/solver_table.hpp"

#include "partita/base/error.hpp"

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "factorize/settings.hpp"
#include "factorize/solve/nnls_table.hpp"
#include "support/matrices.hpp"

namespace partita::testing {
namespace {

constexpr auto kToy = static_cast<SolverKind>(100);

/// Ends every restart where it starts.
template <class Real>
void stay(const DistributedMatrix<Real>& /*X*/, const FactorizeOptions& /*options*/,
          std::vector<RestartStart<Real>> batch, RunControl& /*control*/,
          const SolverEvents<Real>& events) {
  for (RestartStart<Real>& start : batch) {
    RestartOutcome<Real> outcome;
    outcome.result.restart = start.restart;
    outcome.result.stop = StopReason::converged;
    outcome.result.trace.push_back({});
    outcome.factors = std::move(start.factors);
    events.finished(std::move(outcome));
  }
}

/// The one row that a solver needs; once for all tests.
void add_toy() {
  static const bool added = [] {
    add_solver({"toy",
                kToy,
                Schedule::sweep,
                "no step at all",
                {Ability::penalties},
                &stay<double>,
                &stay<float>});
    return true;
  }();
  static_cast<void>(added);
}

std::string refusal(const FactorizeOptions& options) {
  try {
    validate(options, 20, 12);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    return error.what();
  }
  ADD_FAILURE() << "accepted";
  return "";
}

TEST(SolverTable, RowsAreThereOnce) {
  for (const SolverRow& row : solver_table()) {
    const SolverRow& found = solver_row(row.kind, row.schedule);
    EXPECT_EQ(found.name, row.name);
    EXPECT_NE(found.solver<double>(), nullptr);
    EXPECT_NE(found.solver<float>(), nullptr);
    EXPECT_THROW(add_solver(row), Error);
  }
}

TEST(SolverTable, NoUnknownKindBecomesAnother) {
  FactorizeOptions options;
  options.components = 3;
  options.solver = static_cast<SolverKind>(99);
  EXPECT_NE(refusal(options).find("--solver"), std::string::npos);
  options.solver = SolverKind::mu;
  options.schedule = Schedule::random;
  EXPECT_NE(refusal(options).find("--schedule sweep"), std::string::npos);
  options = {.components = 3, .nnls = static_cast<NnlsKind>(99)};
  EXPECT_NE(refusal(options).find("--nnls"), std::string::npos);
  options = {.components = 3, .init = static_cast<StartKind>(99)};
  EXPECT_NE(refusal(options).find("--init"), std::string::npos);
}

TEST(SolverTable, SaysWhichSolversCanDoSomething) {
  EXPECT_EQ(solvers_that_can(Ability::choice_of_nnls), "--solver als");
  EXPECT_EQ(solvers_that_can(Ability::kaczmarz_steps), "--solver kaczmarz with --schedule random");
  EXPECT_EQ(solvers_that_can(Ability::sketch), "--solver als with --schedule sweep");
  EXPECT_EQ(solvers_that_can(Ability::drawn_lines), "--schedule random");
}

TEST(SolverTable, ASolverFromOutsideIsOneRow) {
  add_toy();
  const Communicator world = Communicator::world();
  const Matrix X = Matrix::Random(20, 12).cwiseAbs();
  FactorizeOptions options;
  options.components = 3;
  options.solver = kToy;
  options.restarts = 2;
  const WholeRun found = run(world, squarest(world, 2), X, options);
  EXPECT_EQ(found.restarts.size(), 2U);
  EXPECT_EQ(found.best.stop, StopReason::converged);
  EXPECT_LT(found.best.relative_error, 1);
  EXPECT_GT(found.best.relative_error, 0.1) << "the start, scaled, and no better";

  options.race = true;
  EXPECT_NE(refusal(options).find("--race applies to"), std::string::npos);
  options.race = false;
  options.penalties.l1_A = 0.1;
  EXPECT_NO_THROW(validate(options, 20, 12));
  for (const Setting& setting : settings()) {
    if (setting.name != "solver") continue;
    EXPECT_EQ(text_of(value_of(setting, options)), "toy");
    EXPECT_NE(help_of(setting).find("no step at all"), std::string::npos);
  }
}

}  // namespace
}  // namespace partita::testing
