#pragma once

#include "partita/factorize/run/checkpoint_options.hpp"
#include "partita/factorize/solve/run_hooks.hpp"
#include "partita/factorize/start/given_start.hpp"
#include "partita/layout/job_plan.hpp"

#include <map>
#include <string>
#include <vector>

#include "factorize/run/checkpoint_folder.hpp"
#include "factorize/run/group_result.hpp"
#include "factorize/run/run_identity.hpp"

namespace partita {

/// What a run finds in the checkpoints of an earlier one, for this group.
template <class Real>
struct Resumption {
  bool found = false;
  bool redealt = false;    ///< by another layout: the old files do not match the new groups
  GroupResult<Real> done;  ///< restarts of this group's range that have ended
  std::vector<std::vector<Index>> batches;  ///< restarts that this group has still to run, in order
  std::map<Index, RestartState<Real>> running;  ///< states of those that had begun
};

/// The checkpoints of one run: a file a group, each whole in itself, so that groups need not wait
/// for each other and another layout can read them all. Restarts are independent of each other:
/// files of different age fit together.
template <class Real>
class RunCheckpoint {
 public:
  /// Collective over X.grid().all(). Everything is borrowed.
  /// @param given  the given start, or nullptr.
  RunCheckpoint(const DistributedMatrix<Real>& X, const JobPlan& plan, Index group,
                const FactorizeOptions& options, const GivenStart* given,
                const CheckpointOptions& checkpoint, const RunHooks& hooks);

  /// Saves what has ended and what is running. A failure to write leaves the earlier file, is told
  /// through hooks.on_warning and kept as failure(); returns whether it was written. Collective
  /// over X.grid().all().
  bool save(const GroupResult<Real>& done, const std::vector<const RestartState<Real>*>& running);

  /// Reads the checkpoints in the folder, the previous ones too, and takes what is furthest of each
  /// restart. Damaged files are told and passed over; restarts that are in none start again.
  /// Collective over X.grid().all().
  /// @throws Error (usage) when they belong to another X or to options that change the answer,
  ///         naming the difference, or to another version of partita, naming it; Error (no_input)
  ///         when one is required and there is none.
  [[nodiscard]] Resumption<Real> load() const;

  [[nodiscard]] const RunIdentity& identity() const { return identity_; }
  /// Why the last save() wrote nothing; empty when it did, or there was none.
  [[nodiscard]] const std::string& failure() const { return failure_; }

 private:
  struct Source;

  [[nodiscard]] std::vector<Source> open_sources() const;
  void check_identity(const Source& source) const;
  void take_finished(const std::vector<Source>& sources, Resumption<Real>& resumption) const;
  void deal_batches(const std::vector<Source>& sources, Resumption<Real>& resumption) const;
  [[nodiscard]] RestartState<Real> read_state(const Source& source, Index position) const;
  [[nodiscard]] TallMatrix<Real> read_matrix(const Source& source, Index matrix, Range mine) const;
  [[nodiscard]] KeptOutcome<Real> read_outcome(const Source& source, Index place,
                                               const RestartResult& result) const;
  void warn(const std::string& message) const;

  const DistributedMatrix<Real>& X_;
  const JobPlan& plan_;
  Index group_;
  const FactorizeOptions& options_;
  const CheckpointOptions& checkpoint_;
  const RunHooks& hooks_;
  std::string layout_;    ///< the same one continues bit for bit
  RunIdentity identity_;  ///< must be the same in a run that continues this one
  std::string failure_;
};

}  // namespace partita
