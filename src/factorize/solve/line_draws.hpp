#pragma once

#include "partita/factorize/options.hpp"

#include <algorithm>
#include <vector>

#include "base/random.hpp"

namespace partita {

/// Columns and rows of X drawn in each iteration of the `random` schedule: recorded ones, or drawn
/// uniformly from all columns and, separately, all rows. The same on every process.
class LineDraws {
 public:
  LineDraws(const FactorizeOptions& options, Index restart, Index rows, Index columns)
      : options_(options),
        rows_(rows),
        columns_(columns),
        column_field_(options.seed, Purpose::draw_column, restart),
        row_field_(options.seed, Purpose::draw_row, restart) {}

  /// Distinct columns of an iteration (counted from 1), ascending.
  [[nodiscard]] std::vector<Index> columns(Index iteration) const {
    if (const RecordedDraw* recorded = this->recorded(iteration)) return {recorded->column};
    return draw(column_field_, iteration, columns_);
  }
  [[nodiscard]] std::vector<Index> rows(Index iteration) const {
    if (const RecordedDraw* recorded = this->recorded(iteration)) return {recorded->row};
    return draw(row_field_, iteration, rows_);
  }
  /// The recorded draw of an iteration; nullptr when draws are not replayed.
  [[nodiscard]] const RecordedDraw* recorded(Index iteration) const {
    if (options_.draws.empty()) return nullptr;
    return &options_.draws[static_cast<std::size_t>(iteration - 1)];
  }

 private:
  [[nodiscard]] std::vector<Index> draw(const RandomField& field, Index iteration,
                                        Index bound) const {
    std::vector<Index> drawn;
    for (Index s = 0; s < options_.samples; ++s) drawn.push_back(field.index(iteration, s, bound));
    std::ranges::sort(drawn);
    const auto repeated = std::ranges::unique(drawn);
    drawn.erase(repeated.begin(), repeated.end());
    return drawn;
  }

  const FactorizeOptions& options_;
  Index rows_;
  Index columns_;
  RandomField column_field_;
  RandomField row_field_;
};

}  // namespace partita
