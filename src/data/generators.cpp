#include "data/generators.hpp"

#include "partita/data/tall_matrix.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "base/interruption.hpp"
#include "base/random.hpp"

namespace partita {

namespace {

constexpr Index kFactoryHours = 12;
/// Output of each line in each hour of the day.
constexpr std::array<std::array<double, kFactoryHours>, kFactoryLines> kProfiles = {{
    {0, 0, 9, 5, 3, 2, 1, 0, 0, 0, 0, 0},
    {0, 0, 0, 0, 0, 3, 2, 1, 1, 0, 0, 0},
    {0, 5, 5, 6, 6, 7, 4, 2, 1, 0.5, 0, 0},
}};

constexpr std::size_t at(Index i) {
  return static_cast<std::size_t>(i);
}

/// Three rows are independent just when their Gram matrix, in whole numbers, is not singular.
bool has_full_rank(const FactorySwitches& switches) {
  const auto dot = [&](std::size_t a, std::size_t b) {
    return std::inner_product(switches[a].begin(), switches[a].end(), switches[b].begin(), 0);
  };
  const int a = dot(0, 0), b = dot(0, 1), c = dot(0, 2);
  const int d = dot(1, 1), e = dot(1, 2), f = dot(2, 2);
  return a * (d * f - e * e) - b * (b * f - c * e) + c * (b * e - c * d) != 0;
}

class Factory final : public RowGenerator {
 public:
  explicit Factory(std::uint64_t seed) : switches_(factory_switches(seed)) {}
  [[nodiscard]] Index rows() const override { return kFactoryHours; }
  [[nodiscard]] Index columns() const override { return kFactoryDays; }
  [[nodiscard]] bool is_sparse() const override { return false; }
  void make_row(Index i, std::vector<ColumnValue>& entries) const override {
    entries.clear();
    for (Index day = 0; day < kFactoryDays; ++day) {
      double output = 0;
      for (Index line = 0; line < kFactoryLines; ++line) {
        output += kProfiles[at(line)][at(i)] * switches_[at(line)][at(day)];
      }
      entries.push_back({day, output});
    }
  }

 private:
  FactorySwitches switches_;
};

/// Values of a row, or lines of a factor, that are made between two looks for an interruption.
constexpr Index kBetweenChecks = 1024;

class LowRank final : public RowGenerator {
 public:
  explicit LowRank(const LowRankOptions& options)
      : options_(options), S_(options.columns, options.components) {
    for (Index j = 0; j < S_.rows(); ++j) {
      if (j % kBetweenChecks == 0) check_interrupted();
      fill_factor(Purpose::lowrank_S, j, S_.row(j));
    }
    // E[a²] = E[s²] = 1 and E[a] = E[s] = 1/2, so E[(A S)²_ij] = k + k (k - 1) / 16.
    const auto k = static_cast<double>(options.components);
    noise_scale_ = options.noise * std::sqrt(k + k * (k - 1) / 16);
  }
  [[nodiscard]] Index rows() const override { return options_.rows; }
  [[nodiscard]] Index columns() const override { return options_.columns; }
  [[nodiscard]] bool is_sparse() const override { return options_.density < 1; }

  void make_row(Index i, std::vector<ColumnValue>& entries) const override {
    entries.clear();
    std::vector<double> a(at(options_.components));
    fill_factor(Purpose::lowrank_A, i, a.data());
    const RandomField noise(options_.seed, Purpose::lowrank_noise);
    const RandomField gaps(options_.seed, Purpose::lowrank_mask);
    Index draw = 0;
    for (Index j = gap(gaps, i, draw); j < columns(); j += 1 + gap(gaps, i, draw)) {
      if (j % kBetweenChecks == 0) check_interrupted();
      const double product = std::inner_product(a.begin(), a.end(), S_.row(j), 0.0);
      const double value =
          noise_scale_ == 0 ? product : product + noise_scale_ * noise.normal(i, j);
      if (value > 0 || !is_sparse()) entries.push_back({j, std::max(0.0, value)});
    }
  }

 private:
  void fill_factor(Purpose purpose, Index row, double* values) const {
    const RandomField field(options_.seed, purpose);
    for (Index c = 0; c < options_.components; ++c) {
      const bool present = field.uniform(row, 2 * c) < 0.5;
      values[c] = present ? -std::log(field.uniform(row, 2 * c + 1)) : 0.0;
    }
  }

  /// Entries to leave out before the next kept one: geometric, so that the work goes with what is
  /// kept.
  Index gap(const RandomField& gaps, Index row, Index& draw) const {
    if (!is_sparse()) return 0;
    const double length = std::log(gaps.uniform(row, draw++)) / std::log1p(-options_.density);
    return static_cast<Index>(std::min(length, static_cast<double>(columns())));
  }

  LowRankOptions options_;
  TallMatrix<double> S_;
  double noise_scale_ = 0;
};

class PowerLaw final : public RowGenerator {
 public:
  explicit PowerLaw(const PowerLawOptions& options) : options_(options) {
    // One order of the columns for each topic, and a last one that all rows share.
    const RandomField field(options.seed, Purpose::sparse_column, 1);
    for (Index topic = 0; topic <= options.topics; ++topic) {
      Order order{1, field.index(topic, 0, columns())};
      Index attempt = 1;
      do {
        order.step = 1 + field.index(topic, attempt++, columns());
      } while (std::gcd(order.step, columns()) != 1);
      orders_.push_back(order);
    }
    const auto m = static_cast<double>(columns());
    head_ = std::pow(kFlatHead, 1 - kColumnPower);
    span_ = head_ - std::pow(m + kFlatHead, 1 - kColumnPower);
  }
  [[nodiscard]] Index rows() const override { return options_.rows; }
  [[nodiscard]] Index columns() const override { return options_.columns; }
  [[nodiscard]] bool is_sparse() const override { return true; }

  void make_row(Index i, std::vector<ColumnValue>& entries) const override {
    const Index wanted = length(i);
    std::map<Index, Index> counts;
    // Rows that are nearly full would draw for ever: what is missing is filled in afterwards.
    const Index most_draws = kMostDraws * wanted;
    for (Index draw = 0; draw < most_draws && static_cast<Index>(counts.size()) < wanted; ++draw) {
      if (draw % kBetweenChecks == 0) check_interrupted();
      ++counts[column(i, draw)];
    }
    for (Index j = 0; static_cast<Index>(counts.size()) < wanted; ++j) counts.try_emplace(j, 1);
    entries.clear();
    for (const auto& [j, count] : counts) {
      entries.push_back({j, 1 + std::log(static_cast<double>(count))});
    }
  }

 private:
  static constexpr double kRowPower = 0.6;
  static constexpr double kColumnPower = 1.05;
  static constexpr double kFlatHead = 20;
  static constexpr double kShared = 0.3;  ///< share of draws from the common order
  static constexpr Index kMostDraws = 20;

  /// Position z of the power law is column (z * step + shift) mod m; step and m have no common
  /// divisor, so every column has one position.
  struct Order {
    Index step;
    Index shift;
  };

  /// Non-zeros of row i: density * m on average, weight u^-power / mean with u uniform.
  Index length(Index i) const {
    const RandomField field(options_.seed, Purpose::sparse_degree);
    const double weight = (1 - kRowPower) * std::pow(field.uniform(i, 0), -kRowPower);
    const double mean = options_.density * static_cast<double>(columns());
    const double exact = std::min(mean * weight, static_cast<double>(columns()));
    return std::min(columns(), static_cast<Index>(exact + field.uniform(i, 1)));
  }

  Index column(Index i, Index draw) const {
    const RandomField field(options_.seed, Purpose::sparse_column);
    const RandomField topics(options_.seed, Purpose::sparse_value);
    const bool shared = topics.uniform(i, draw + 1) < kShared;
    const Index topic = shared ? options_.topics : topics.index(i, 0, options_.topics);
    // Inverse of the distribution whose density falls as (z + head)^-power on [0, m).
    const double z =
        std::pow(head_ - field.uniform(i, draw) * span_, 1 / (1 - kColumnPower)) - kFlatHead;
    const Index position = std::clamp<Index>(static_cast<Index>(z), 0, columns() - 1);
    const Order& order = orders_[at(topic)];
    __extension__ using Wide = unsigned __int128;
    const Wide scattered = static_cast<Wide>(position) * static_cast<Wide>(order.step) +
                           static_cast<Wide>(order.shift);
    return static_cast<Index>(scattered % static_cast<Wide>(columns()));
  }

  PowerLawOptions options_;
  std::vector<Order> orders_;
  double head_ = 0;
  double span_ = 0;
};

}  // namespace

FactorySwitches factory_switches(std::uint64_t seed) {
  FactorySwitches switches{};
  for (Index attempt = 0;; ++attempt) {
    const RandomField field(seed, Purpose::factory_switch, attempt);
    for (Index line = 0; line < kFactoryLines; ++line) {
      for (Index day = 0; day < kFactoryDays; ++day) {
        switches[at(line)][at(day)] = field.uniform(line, day) < 0.5 ? 0 : 1;
      }
    }
    if (has_full_rank(switches)) return switches;
  }
}

std::unique_ptr<RowGenerator> make_factory(std::uint64_t seed) {
  return std::make_unique<Factory>(seed);
}

std::unique_ptr<RowGenerator> make_low_rank(const LowRankOptions& options) {
  return std::make_unique<LowRank>(options);
}

std::unique_ptr<RowGenerator> make_power_law(const PowerLawOptions& options) {
  return std::make_unique<PowerLaw>(options);
}

}  // namespace partita
