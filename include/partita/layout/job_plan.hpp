#pragma once

#include "partita/base/index.hpp"
#include "partita/layout/matrix_layout.hpp"

#include <optional>

namespace partita {

/// What the user fixed.
struct PlanOverrides {
  std::optional<Index> groups = {};
  std::optional<GridShape> grid = {};
  std::optional<Index> batch = {};
};

/// How P processes make groups x grid, and how restarts are dealt to groups and batches. World rank
/// r is process r % grid.processes() of group r / grid.processes().
struct JobPlan {
  Index groups = 1;
  GridShape grid = {};
  Index batch = 1;
  Index restarts = 1;
  /// Whether processes of a node that have the same place in their groups hold one block of X
  /// together.
  bool shares_X = false;
  double bytes_per_process = 0;  ///< predicted peak memory; what is shared counts by its share
  double bytes_of_results = 0;   ///< its part that grows with the restarts alone
  double words_per_pass = 0;     ///< predicted words received per process and pass of one restart

  [[nodiscard]] Index group_of(Index world_rank) const { return world_rank / grid.processes(); }
  [[nodiscard]] Index process_in_group(Index world_rank) const {
    return world_rank % grid.processes();
  }
  /// Restarts of a group, counted from 0. Empty for groups beyond the restarts.
  [[nodiscard]] Range restarts_of(Index group) const;
  /// Groups that have any restart; the others hold no part of X.
  [[nodiscard]] Index active_groups() const;
};

}  // namespace partita
