#pragma once

#include "partita/base/index.hpp"
#include "partita/layout/matrix_layout.hpp"
#include "partita/layout/subsample_size.hpp"

#include <optional>
#include <string>

namespace partita {

/// What the plan is made from.
struct JobFacts {
  Index rows = 0;     ///< n
  Index columns = 0;  ///< m
  Index stored = 0;   ///< stored entries: n * m when dense
  bool sparse = false;
  Index components = 1;     ///< k
  bool has_factors = true;  ///< else X is only read
  Index restarts = 1;
  Index iterations = 0;  ///< of each restart at most, as far as their traces' memory is concerned
  Index processes = 1;
  Index threads = 1;                 ///< of each process
  Index real_bytes = 8;              ///< 8 for double, 4 for single
  double available_bytes = 0;        ///< memory a process may use; 0 when unknown
  Index processes_on_node = 1;       ///< of this job
  double shareable_bytes = 0;        ///< memory that processes of a node can share
  bool restarts_wait = false;        ///< all restarts of a group are kept at once, as in a race
  bool one_restart_a_batch = false;  ///< the solver cannot advance several restarts together
  Index sketch = 0;                  ///< rank of the compressed X that is kept beside X; 0 for none
  SubsampleSize subsample = {};      ///< part of X that is kept for starts
};

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

/// Words received per process in one pass of one restart on a grid (MPI-FAUN; Kannan, Ballard &
/// Park 2018): 2k[(n/pr)(1-1/pc) + (m/pc)(1-1/pr)] + 4k²(1-1/p).
[[nodiscard]] double words_per_pass(const JobFacts& facts, GridShape grid);

/// Rank of a compressed X (sketch, race, polish) that keeps what k components see of X.
[[nodiscard]] Index sketch_rank(const JobFacts& facts);
/// Whether running all restarts on the compressed X first is worth its making: for large dense X.
/// The same on every number of processes, as it changes the answer.
[[nodiscard]] bool sketch_pays(const JobFacts& facts);

/// The part of X on which random starts are improved first: none where X is small, or little longer
/// than the lines. The same on every number of processes, as it changes the answer.
[[nodiscard]] SubsampleSize subsample_size(const JobFacts& facts);

/// Chooses groups, grid and batch, keeping what is overridden.
/// @throws Error (usage) when the overrides do not fit each other or the processes, with what
/// would.
[[nodiscard]] JobPlan make_plan(const JobFacts& facts, const PlanOverrides& overrides);

}  // namespace partita
