// How often the gain rule names the true k of synthetic matrices: a few seeds of each kind of
// those of scripts/compare/rank, which has more and larger ones.
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "select/choice/rank_choice.hpp"
#include "select/measure/fit_pool.hpp"
#include "support/matrices.hpp"

namespace partita::testing {
namespace {

constexpr Index kSeeds = 5;

/// The same numbers on every process.
class Maker {
 public:
  explicit Maker(unsigned seed) : random_(seed) {}

  Index between(Index least, Index most) {
    return std::uniform_int_distribution<Index>(least, most)(random_);
  }
  /// Exponential entries, of which a share is not zero.
  Matrix factor(Index rows, Index k, double density) {
    std::exponential_distribution<double> value;
    std::uniform_real_distribution<double> chance;
    return Matrix::NullaryExpr(rows, k,
                               [&] { return chance(random_) < density ? value(random_) : 0; });
  }
  Matrix model(Index n, Index m, Index k, double density) {
    return factor(n, k, density) * factor(m, k, density).transpose();
  }
  Matrix noisy(const Matrix& model, double share) {
    const double level = share * model.norm() / std::sqrt(static_cast<double>(model.size()));
    std::normal_distribution<double> noise(0, level);
    return model.unaryExpr([&](double value) { return std::max(0.0, value + noise(random_)); });
  }
  Matrix poisson(const Matrix& model, double mean) {
    return model.unaryExpr([&](double value) {
      const double expected = value * mean / model.mean();
      if (expected <= 0) return 0.0;
      return static_cast<double>(std::poisson_distribution<Index>(expected)(random_));
    });
  }
  Matrix lognormal(const Matrix& model) {
    std::lognormal_distribution<double> noise(0, 0.2);
    return model.unaryExpr([&](double value) { return value * noise(random_); });
  }

 private:
  std::mt19937_64 random_;
};

using Make = std::function<Matrix(Maker&, Index n, Index m, Index k)>;

struct Kind {
  std::string name;
  Make make;
};

std::vector<Kind> kinds() {
  const auto noisy = [](double density, double share) {
    return [=](Maker& maker, Index n, Index m, Index k) {
      return maker.noisy(maker.model(n, m, k, density), share);
    };
  };
  const auto poisson = [](double mean) {
    return [=](Maker& maker, Index n, Index m, Index k) {
      return maker.poisson(maker.model(n, m, k, 0.4), mean);
    };
  };
  return {{"sparse 5 %", noisy(0.4, 0.05)},
          {"sparse 10 %", noisy(0.4, 0.1)},
          {"sparse 20 %", noisy(0.4, 0.2)},
          {"dense 10 %", noisy(1, 0.1)},
          {"dense 20 %", noisy(1, 0.2)},
          {"Poisson 2", poisson(2)},
          {"Poisson 0.5", poisson(0.5)},
          {"sizes j^-0.75",
           [](Maker& maker, Index n, Index m, Index k) {
             Matrix A = maker.factor(n, k, 0.4);
             for (Index j = 0; j < k; ++j) A.col(j) *= std::pow(double(j) + 1, -0.75);
             return maker.noisy(A * maker.factor(m, k, 0.4).transpose(), 0.1);
           }},
          {"log-normal", [](Maker& maker, Index n, Index m,
                            Index k) { return maker.lognormal(maker.model(n, m, k, 0.4)); }},
          {"shared base", [](Maker& maker, Index n, Index m, Index k) {
             const Matrix A = maker.factor(n, k, 0.4);
             const Matrix base = maker.factor(m, 1, 1);
             const Matrix S = maker.factor(m, k, 0.4).colwise() + base.col(0);
             return maker.noisy(A * S.transpose(), 0.05);
           }}};
}

Index chosen(const Communicator& world, const Matrix& X, Index most, FitKind kind, Index parts) {
  const JobPlan plan{.groups = world.size(), .grid = {1, 1}, .restarts = most * parts};
  const auto spread_X = spread<double>(world, plan, X);
  PoolOptions options;
  options.fit.stop.max_iterations = 300;
  SavedFits saved(world, {}, {}, {});
  FitPool<double> pool(world, plan, spread_X ? &*spread_X : nullptr, options, saved, {});
  std::vector<FitTask> tasks;
  for (Index k = 1; k <= most; ++k) {
    for (Index part = 0; part < parts; ++part) tasks.push_back({kind, k, part});
  }
  const std::vector<FitMeasures> measured = pool.measure(tasks);
  std::vector<RankEvidence> evidence(static_cast<std::size_t>(most));
  for (std::size_t t = 0; t < tasks.size(); ++t) {
    RankEvidence& row = evidence[static_cast<std::size_t>(tasks[t].components) - 1];
    row.k = tasks[t].components;
    row.held_out.push_back(measured[t].held_out);
  }
  ChoiceOptions choice;
  if (kind == FitKind::bicrossvalidation) choice.weak_share = kWeakShareOfFolds;
  for (const Index k : stability_wanted(evidence, choice)) {
    const FitMeasures found = pool.measure(std::array{FitTask{FitKind::recurrence, k, 0}})[0];
    evidence[static_cast<std::size_t>(k) - 1].stability = Stability{
        found.silhouette_mean, found.silhouette_least, found.cophenetic, found.dispersion};
  }
  return choose_rank(evidence, choice).chosen;
}

void expect_hits(FitKind kind, Index parts) {
  const Communicator world = Communicator::world();
  Index all = 0;
  for (const Kind& what : kinds()) {
    Index hits = 0;
    std::string others;
    for (unsigned seed = 0; seed < kSeeds; ++seed) {
      Maker maker(seed);
      const Index n = maker.between(90, 160);
      const Index m = maker.between(90, 160);
      const Index k = maker.between(3, 6);
      const Index found = chosen(world, what.make(maker, n, m, k), k + 4, kind, parts);
      if (found == k) ++hits;
      if (found != k) others += " " + std::to_string(found) + " for " + std::to_string(k);
    }
    EXPECT_GE(hits, 4) << what.name << ":" << others;
    all += hits;
  }
  EXPECT_GE(all, 48) << "of 50";
}

TEST(SelectQuality, MasksNameTheTrueK) {
  expect_hits(FitKind::holdout, 3);
}

TEST(SelectQuality, QuartersNameTheTrueK) {
  expect_hits(FitKind::bicrossvalidation, kFoldsOfQuarters);
}

}  // namespace
}  // namespace partita::testing
