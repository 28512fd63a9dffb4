#include "partita/io/spread/placement.hpp"

#include <utility>

namespace partita {

namespace {

/// All distinct ends of ranges, ascending.
template <class RangeOf>
std::vector<Index> cuts_of(const std::vector<Part>& parts, RangeOf range_of) {
  std::vector<Index> cuts;
  for (const Part& part : parts) {
    if (part.empty()) continue;
    cuts.push_back(range_of(part).begin);
    cuts.push_back(range_of(part).end);
  }
  std::ranges::sort(cuts);
  // std::ranges::unique returns a subrange, which clang 14 cannot use with this library.
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  return cuts;
}

Range cells_of(const std::vector<Index>& cuts, Range range) {
  return {std::ranges::lower_bound(cuts, range.begin) - cuts.begin(),
          std::ranges::lower_bound(cuts, range.end) - cuts.begin()};
}

}  // namespace

Placement::Placement(std::vector<Part> parts)
    : parts_(std::move(parts)),
      row_cuts_(cuts_of(parts_, [](const Part& part) { return part.rows; })),
      column_cuts_(cuts_of(parts_, [](const Part& part) { return part.columns; })) {
  if (row_cuts_.empty()) return;
  const std::size_t columns = column_cuts_.size() - 1;
  cells_.resize((row_cuts_.size() - 1) * columns);
  for (std::size_t process = 0; process < parts_.size(); ++process) {
    if (parts_[process].empty()) continue;
    const Range rows = cells_of(row_cuts_, parts_[process].rows);
    const Range inner = cells_of(column_cuts_, parts_[process].columns);
    for (Index i = rows.begin; i < rows.end; ++i) {
      for (Index j = inner.begin; j < inner.end; ++j) {
        auto& holders = cells_[static_cast<std::size_t>(i) * columns + static_cast<std::size_t>(j)];
        holders.push_back(static_cast<int>(process));
        copies_ = std::max(copies_, static_cast<Index>(holders.size()));
      }
    }
  }
}

Placement place_blocks(const JobPlan& plan, const MatrixLayout& layout,
                       std::span<const int> holds) {
  std::vector<Part> parts(holds.size());
  for (std::size_t rank = 0; rank < parts.size(); ++rank) {
    const auto process = static_cast<Index>(rank);
    if (holds[rank] == 0 || plan.group_of(process) >= plan.active_groups()) continue;
    const Index place = plan.process_in_group(process);
    parts[rank] = {layout.block_rows(place), layout.block_columns(place)};
  }
  return Placement(std::move(parts));
}

}  // namespace partita
