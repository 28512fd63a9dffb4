#pragma once

#include "partita/comm/communicator.hpp"
#include "partita/layout/job_plan.hpp"

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "factorize/matrix/distributed_matrix.hpp"
#include "select/measure/masked_fits.hpp"
#include "select/measure/quarter_fits.hpp"
#include "select/measure/saved_fits.hpp"

namespace partita {

/// How far a pool is: of all groups as far as this process knows.
struct PoolProgress {
  FitTask task;             ///< that has just been done
  Index done = 0;           ///< fits of this group
  Index dealt = 0;          ///< to this group
  double seconds_left = 0;  ///< until the group is done, at the rate so far
};

struct PoolHooks {
  std::function<bool()> stop_requested;                ///< polled on every process
  std::function<void(const PoolProgress&)> on_fit;     ///< after every fit, on a group's root
  std::function<void(const std::string&)> on_warning;  ///< on a group's root
};

/// The fits of which group: each to the one that has least to do so far, the longest first, so that
/// all groups end at about the same time. @returns for every task its group.
[[nodiscard]] std::vector<Index> deal(std::span<const FitTask> tasks, Index groups, Index restarts);

/// Makes fits with several numbers of components, each by one group of processes, on the groups'
/// copies of X. What a fit tells does not depend on who makes it but for rounding.
template <class Real>
class FitPool {
 public:
  /// All are borrowed. @param X  this process's group's copy; nullptr on processes of groups
  /// without any.
  FitPool(const Communicator& world, const JobPlan& plan, const DistributedMatrix<Real>* X,
          const PoolOptions& options, SavedFits& saved, PoolHooks hooks);

  /// What the tasks tell, in their order, on every process; those that are known already are not
  /// repeated. Collective over `world`. @throws Error on every process, (interrupted) when it was
  /// stopped early: what is done is saved.
  [[nodiscard]] std::vector<FitMeasures> measure(std::span<const FitTask> tasks);

 private:
  void work_on(std::span<const FitTask> tasks, const RunHooks& hooks);
  [[nodiscard]] FitMeasures measure_one(const FitTask& task, const RunHooks& hooks);
  void share(std::span<const FitTask> tasks, std::span<const Index> groups);

  const Communicator& world_;
  const JobPlan& plan_;
  const DistributedMatrix<Real>* X_;
  const PoolOptions& options_;
  SavedFits& saved_;
  PoolHooks hooks_;
  std::optional<MaskedFits<Real>> masked_;
  std::optional<QuarterFits<Real>> quarters_;
};

}  // namespace partita
