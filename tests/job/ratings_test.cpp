// Biases, penalties that pull towards a centre, and the mean of several restarts, from a file to
// the factors: against plain loops over the known entries, on any number of processes.
#include "partita/base/error.hpp"
#include "partita/partita.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "support/files.hpp"
#include "support/matrices.hpp"

namespace partita::testing {
namespace {

constexpr Index kRows = 24;
constexpr Index kColumns = 17;
constexpr Index kEmptyRow = 3;
constexpr Index kEmptyColumn = 5;

struct Rating {
  Index row;
  Index column;
  double value;
};

/// Users and things with biases of their own, and tastes beside them of a strength; two thirds are
/// known, of one row and one column nothing.
std::vector<Rating> sample(double tastes) {
  const RandomField field(5, Purpose::start_A);
  std::vector<Rating> ratings;
  for (Index i = 0; i < kRows; ++i) {
    for (Index j = 0; j < kColumns; ++j) {
      if (i == kEmptyRow || j == kEmptyColumn || field.uniform(i, j) < 0.33) continue;
      const double of_row = std::sin(double(i)) / 2;
      const double of_column = std::cos(2.0 * double(j)) / 2;
      const double taste = tastes * (i % 2 == j % 2 ? 1.0 : -1.0);
      const double noise = 0.3 * field.normal(i, 100 + j);
      ratings.push_back({i, j, std::max(0.1, 3 + of_row + of_column + taste + noise)});
    }
  }
  return ratings;
}

std::string text_of(const std::vector<Rating>& ratings, double scale = 1) {
  std::ostringstream text;
  text.precision(17);
  text << "%%MatrixMarket matrix coordinate real general\n"
       << kRows << ' ' << kColumns << ' ' << ratings.size() << '\n';
  for (const auto& [row, column, value] : ratings) {
    text << row + 1 << ' ' << column + 1 << ' ' << scale * value << '\n';
  }
  return text.str();
}

FactorizeOptions settings() {
  FactorizeOptions options;
  options.components = 3;
  options.restarts = 2;
  options.unstored = 0;
  options.bias = true;
  options.bias_damping = 2;
  options.center = true;
  options.center_at = 0.3;
  options.penalties = {.l2_A = 0.4, .l2_S = 0.6};
  options.stop.max_iterations = 30;
  options.stop.tolerance = 0;
  return options;
}

/// A model, whole on every process.
struct Model {
  Factorization found;
  Matrix A, S, b, d, stack_A, stack_S;

  [[nodiscard]] double at(Index i, Index j) const {
    return found.mean + b(i, 0) + d(j, 0) + A.row(i).dot(S.row(j));
  }
};

Matrix collected(const Communicator& world, const TallMatrix<double>& mine, Range range,
                 Index rows) {
  Matrix whole = Matrix::Zero(rows, max_over(world, mine.width()));
  for (Index i = 0; i < mine.rows(); ++i) {
    for (Index l = 0; l < mine.width(); ++l) whole(range.begin + i, l) = mine(i, l);
  }
  sum_over(world, std::span<double>(whole.data(), static_cast<std::size_t>(whole.size())));
  return whole;
}

Model fit(const Communicator& world, const std::string& file, const FactorizeOptions& options,
          const JobChoices& choices = {}, const RunHooks& hooks = {},
          const CheckpointOptions& checkpoint = {}) {
  const auto source = open_matrix(world, file, {.zeros = StatedZeros::observed});
  Model model;
  model.found = factorize(world, *source, options, choices, hooks, checkpoint);
  const Factors& factors = model.found.factors;
  const auto of_A = [&](const TallMatrix<double>& W) {
    return collected(world, W, factors.rows, kRows);
  };
  const auto of_S = [&](const TallMatrix<double>& W) {
    return collected(world, W, factors.columns, kColumns);
  };
  model.A = of_A(factors.A);
  model.S = of_S(factors.S);
  model.b = of_A(factors.row_bias);
  model.d = of_S(factors.column_bias);
  model.stack_A = of_A(factors.stack_A);
  model.stack_S = of_S(factors.stack_S);
  return model;
}

/// Known entries of rows, or of columns.
std::vector<double> known(const std::vector<Rating>& ratings, bool of_rows) {
  std::vector<double> count(static_cast<std::size_t>(of_rows ? kRows : kColumns), 0.0);
  for (const Rating& r : ratings) count[static_cast<std::size_t>(of_rows ? r.row : r.column)] += 1;
  return count;
}

/// Twice what the pull costs one factor.
double pull(const Matrix& W, const std::vector<double>& count, double weight, double centre) {
  double sum = 0;
  for (Index i = 0; i < W.rows(); ++i) {
    sum += weight * std::sqrt(count[static_cast<std::size_t>(i)]) *
           (W.row(i).array() - centre).square().sum();
  }
  return sum;
}

class Ratings : public ::testing::Test {
 protected:
  Communicator world = Communicator::world();
  Communicator alone = world.split(world.rank());
  Folder folder{world};
  std::vector<Rating> ratings = sample(0.5);
  std::string file = folder.put("ratings.mtx", text_of(ratings));
};

TEST_F(Ratings, ErrorAndObjectiveAreThoseOfPlainLoops) {
  const FactorizeOptions options = settings();
  const Model model = fit(world, file, options);
  double loss = 0;
  double norm = 0;
  double mean = 0;
  for (const auto& [row, column, value] : ratings) {
    loss += std::pow(value - model.at(row, column), 2);
    norm += value * value;
    mean += value / double(ratings.size());
  }
  EXPECT_NEAR(model.found.mean, mean - 3 * 0.3 * 0.3, 1e-12) << "what the centre says is off it";
  EXPECT_NEAR(model.found.best.relative_error, std::sqrt(loss / norm), 1e-12);
  const double all = loss + pull(model.A, known(ratings, true), 0.4, 0.3) +
                     pull(model.S, known(ratings, false), 0.6, 0.3) +
                     2 * (model.b.squaredNorm() + model.d.squaredNorm());
  EXPECT_NEAR(model.found.best.objective, std::sqrt(all / norm), 1e-12);
  EXPECT_GE(model.A.minCoeff(), 0);
  EXPECT_GE(model.S.minCoeff(), 0);
  EXPECT_LT(model.b.minCoeff(), 0) << "biases are of either sign";
}

/// No number of the model can be changed for the better.
TEST_F(Ratings, EndsWhereTheSlopesSay) {
  for (const EntryRuleKind rule : {EntryRuleKind::gram, EntryRuleKind::residuals}) {
    FactorizeOptions options = settings();
    options.entry_rule = rule;
    options.restarts = 1;
    options.stop.max_iterations = 2000;
    const Model model = fit(world, file, options);
    Matrix slope_A = Matrix::Zero(kRows, 3);
    Matrix slope_S = Matrix::Zero(kColumns, 3);
    Matrix slope_b = 2 * model.b;
    Matrix slope_d = 2 * model.d;
    for (const auto& [row, column, value] : ratings) {
      const double residual = model.at(row, column) - value;
      slope_A.row(row) += residual * model.S.row(column);
      slope_S.row(column) += residual * model.A.row(row);
      slope_b(row, 0) += residual;
      slope_d(column, 0) += residual;
    }
    const std::vector<double> of_rows = known(ratings, true);
    const std::vector<double> of_columns = known(ratings, false);
    for (Index i = 0; i < kRows; ++i) {
      for (Index l = 0; l < 3; ++l) {
        slope_A(i, l) += 0.4 * std::sqrt(of_rows[std::size_t(i)]) * (model.A(i, l) - 0.3);
        EXPECT_LT(std::abs(std::min(model.A(i, l), slope_A(i, l))), 1e-5);
      }
    }
    for (Index j = 0; j < kColumns; ++j) {
      for (Index l = 0; l < 3; ++l) {
        slope_S(j, l) += 0.6 * std::sqrt(of_columns[std::size_t(j)]) * (model.S(j, l) - 0.3);
        EXPECT_LT(std::abs(std::min(model.S(j, l), slope_S(j, l))), 1e-5);
      }
    }
    EXPECT_LT(slope_b.cwiseAbs().maxCoeff(), 1e-5);
    EXPECT_LT(slope_d.cwiseAbs().maxCoeff(), 1e-5);
  }
}

TEST_F(Ratings, EveryLayoutGoesTheSameWay) {
  FactorizeOptions options = settings();
  options.center_at = 0;  // the job's to choose, as the weights are
  options.penalties = {};
  for (const bool single : {false, true}) {
    const JobChoices choices{.single_precision = single};
    const Model found = fit(world, file, options, choices);
    const Model expected = fit(alone, file, options, choices);
    const double tolerance = single ? 1e-4 : 1e-10;
    EXPECT_NEAR(found.found.best.relative_error, expected.found.best.relative_error, tolerance);
    EXPECT_LT((found.A - expected.A).cwiseAbs().maxCoeff(), 30 * tolerance);
    EXPECT_LT((found.b - expected.b).cwiseAbs().maxCoeff(), 30 * tolerance);
  }
}

TEST_F(Ratings, AreTheSameAtAnyScale) {
  FactorizeOptions options = settings();
  options.center_at = 0;
  options.penalties = {};
  const Model expected = fit(world, file, options);
  for (const double scale : {1e-140, 1e+140}) {
    const Model found = fit(world, folder.put("scaled.mtx", text_of(ratings, scale)), options);
    EXPECT_NEAR(found.found.best.relative_error, expected.found.best.relative_error, 1e-5);
    EXPECT_NEAR(found.at(0, 1) / scale, expected.at(0, 1), 1e-3);
    EXPECT_NEAR(found.b(2, 0) / scale, expected.b(2, 0), 1e-3);
  }
}

TEST_F(Ratings, LinesWithoutEntriesAreWhatThePenaltyPrefers) {
  const Model model = fit(world, file, settings());
  for (Index l = 0; l < 3; ++l) {
    EXPECT_DOUBLE_EQ(model.A(kEmptyRow, l), 0.3);
    EXPECT_DOUBLE_EQ(model.S(kEmptyColumn, l), 0.3);
  }
  EXPECT_EQ(model.b(kEmptyRow, 0), 0);
  EXPECT_EQ(model.d(kEmptyColumn, 0), 0);
}

TEST_F(Ratings, TheStackHoldsAllRestartsSideBySide) {
  FactorizeOptions options = settings();
  options.average = true;
  options.restarts = 3;
  const Model model = fit(world, file, options);
  ASSERT_EQ(model.stack_A.cols(), 3 * 5);
  const Index best = model.found.best.restart;
  EXPECT_EQ(model.stack_A.middleCols(5 * best, 3), model.A);
  EXPECT_EQ(model.stack_A.col(5 * best + 3), model.b.col(0));
  EXPECT_EQ(model.stack_S.col(5 * best + 4), model.d.col(0));
  for (Index r = 0; r < 3; ++r) {
    options.first_restart = r;
    options.restarts = 1;
    const Model one = fit(world, file, options);
    EXPECT_EQ(model.stack_A.middleCols(5 * r, 5), one.stack_A);
    EXPECT_EQ(model.stack_S.middleCols(5 * r, 5), one.stack_S);
    EXPECT_TRUE((one.stack_A.col(4).array() == 1).all());
    EXPECT_TRUE((one.stack_S.col(3).array() == 1).all());
  }
}

TEST_F(Ratings, AStackContinuesFromACheckpointBitForBit) {
  FactorizeOptions options = settings();
  options.average = true;
  const Model whole = fit(world, file, options);
  const CheckpointOptions checkpoint{.folder = folder.file("checkpoint")};
  Index asked = 0;
  RunHooks hooks;
  hooks.stop_requested = [&] { return world.is_root() && ++asked > 40; };  // in the second restart
  const Model stopped = fit(world, file, options, {}, hooks, checkpoint);
  EXPECT_EQ(stopped.found.best.stop, StopReason::interrupted);
  const Model found = fit(world, file, options, {}, {}, checkpoint);
  EXPECT_EQ(found.stack_A, whole.stack_A);
  EXPECT_EQ(found.stack_S, whole.stack_S);
}

/// Where there is nothing but biases the components are held at the centre; where there are tastes
/// they are not.
TEST_F(Ratings, TuningFindsWhetherThereIsMoreThanBiases) {
  FactorizeOptions options = settings();
  options.center_at = 0;
  options.penalties = {};
  options.restarts = 1;
  const JobChoices choices{.tune = true};
  const Model with = fit(world, folder.put("tastes.mtx", text_of(sample(1.5))), options, choices);
  const Model without = fit(world, folder.put("biases.mtx", text_of(sample(0))), options, choices);
  const auto spread = [](const Matrix& W) { return W.maxCoeff() - W.minCoeff(); };
  EXPECT_GT(spread(with.A), 0.1);
  EXPECT_LT(spread(without.A), 0.02);
}

TEST_F(Ratings, WhatHasNoEffectIsRefusedByName) {
  const auto refuses = [&](FactorizeOptions options, const JobChoices& choices,
                           const std::string& mention) {
    try {
      static_cast<void>(fit(world, file, options, choices));
      ADD_FAILURE() << "accepted: " << mention;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::usage);
      EXPECT_NE(std::string(error.what()).find(mention), std::string::npos) << error.what();
    }
  };
  FactorizeOptions options = settings();
  options.unstored = 1;
  options.center = false;
  options.center_at = 0;
  refuses(options, {}, "--bias");
  options = settings();
  options.bias = false;
  options.bias_damping = 4;
  options.unstored = 1;
  refuses(options, {}, "--center");
  options = settings();
  options.center = false;
  refuses(options, {}, "--center-at");
  options = settings();
  options.solver = SolverKind::mu;
  refuses(options, {}, "bias");
  options = settings();
  options.average = true;
  options.race = true;
  refuses(options, {}, "--average");
  options.race = false;
  if (world.size() == 2) refuses(options, {.plan = {.groups = 2}}, "--groups");
}

}  // namespace
}  // namespace partita::testing
