#pragma once

#include "partita/base/index.hpp"
#include "partita/layout/job_plan.hpp"
#include "partita/layout/matrix_layout.hpp"

#include <algorithm>
#include <span>
#include <vector>

namespace partita {

/// The rectangle of X that one process asks for; empty ranges ask for nothing.
struct Part {
  Range rows;
  Range columns;
  [[nodiscard]] bool empty() const { return rows.empty() || columns.empty(); }
};

/// Which process asks for which part of X. Parts may overlap (every group has its own copy of X)
/// and be missing. Pure arithmetic.
class Placement {
 public:
  /// @param parts  one for every process, by rank; the same on every process.
  explicit Placement(std::vector<Part> parts);

  [[nodiscard]] const std::vector<Part>& parts() const { return parts_; }
  [[nodiscard]] const Part& part(int process) const {
    return parts_[static_cast<std::size_t>(process)];
  }
  /// Most processes that ask for one entry.
  [[nodiscard]] Index copies() const { return copies_; }

  /// Looks up who asks for entries; remembers the last answer, as entries come in runs.
  class Finder {
   public:
    explicit Finder(const Placement& placement) : placement_(placement) {}
    /// Processes that ask for entry (row, column), ascending.
    [[nodiscard]] std::span<const int> holders(Index row, Index column) {
      row_cell_ = cell(placement_.row_cuts_, row, row_cell_);
      column_cell_ = cell(placement_.column_cuts_, column, column_cell_);
      if (row_cell_ < 0 || column_cell_ < 0) return {};
      const auto columns = static_cast<Index>(placement_.column_cuts_.size()) - 1;
      return placement_.cells_[static_cast<std::size_t>(row_cell_ * columns + column_cell_)];
    }

   private:
    /// The interval between cuts that holds `index`, or -1.
    static Index cell(const std::vector<Index>& cuts, Index index, Index guess) {
      const auto g = static_cast<std::size_t>(std::max<Index>(guess, 0));
      if (g + 1 < cuts.size() && index >= cuts[g] && index < cuts[g + 1])
        return guess < 0 ? 0 : guess;
      const auto above = std::ranges::upper_bound(cuts, index);
      if (above == cuts.begin() || above == cuts.end()) return -1;
      return above - cuts.begin() - 1;
    }

    const Placement& placement_;
    Index row_cell_ = 0;
    Index column_cell_ = 0;
  };

 private:
  std::vector<Part> parts_;
  std::vector<Index> row_cuts_;
  std::vector<Index> column_cuts_;
  std::vector<std::vector<int>> cells_;  ///< row interval by row interval
  Index copies_ = 0;
};

/// Every active group's copy of X, spread over its processes by `layout`; no block for processes of
/// other groups, nor where holds[rank] is 0. @param holds  for every process, by rank.
[[nodiscard]] Placement place_blocks(const JobPlan& plan, const MatrixLayout& layout,
                                     std::span<const int> holds);

}  // namespace partita
