#pragma once

#include "partita/base/index.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace partita {

/// One entry of a row.
struct ColumnValue {
  Index column = 0;
  double value = 0;
};

/// A matrix of known structure, made row by row. A row depends on the seed and its number only, so
/// any process may make any row. Immutable; safe to share.
class RowGenerator {
 public:
  virtual ~RowGenerator() = default;
  [[nodiscard]] virtual Index rows() const = 0;
  [[nodiscard]] virtual Index columns() const = 0;
  /// Whether most entries are zero.
  [[nodiscard]] virtual bool is_sparse() const = 0;
  /// Replaces `entries` by those of row i that may be non-zero, columns ascending.
  virtual void make_row(Index i, std::vector<ColumnValue>& entries) const = 0;
};

/// Hourly output of a factory with three production lines over 10 days (12 x 10): each day the
/// lines that are switched on add up. Exact rank 3 for every seed.
[[nodiscard]] std::unique_ptr<RowGenerator> make_factory(std::uint64_t seed);

constexpr Index kFactoryLines = 3;
constexpr Index kFactoryDays = 10;
using FactorySwitches = std::array<std::array<int, kFactoryDays>, kFactoryLines>;
/// Which line runs on which day: zeros and ones of rank 3, redrawn until they are.
[[nodiscard]] FactorySwitches factory_switches(std::uint64_t seed);

struct LowRankOptions {
  Index rows = 1000;
  Index columns = 500;
  Index components = 8;
  double noise = 0.1;  ///< standard deviation, in root mean squares of A S
  double density = 1;  ///< share of entries that are kept; the others are zero
  std::uint64_t seed = 0;
};
/// max(0, A S + noise): entries of A and S are exponential with mean 1 or, half of them, zero.
[[nodiscard]] std::unique_ptr<RowGenerator> make_low_rank(const LowRankOptions& options);

struct PowerLawOptions {
  Index rows = 1000;
  Index columns = 500;
  Index topics = 8;
  double density = 0.02;
  std::uint64_t seed = 0;
};
/// Like documents and their words: about density * rows * columns non-zeros; lengths of rows and
/// counts of columns follow power laws; each row prefers the columns of its topic. A value is
/// 1 + log(how often the column was drawn for the row).
[[nodiscard]] std::unique_ptr<RowGenerator> make_power_law(const PowerLawOptions& options);

}  // namespace partita
