#pragma once

#include "partita/factorize/start/given_start.hpp"

#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "factorize/run/checkpoint.hpp"
#include "factorize/run/group_result.hpp"
#include "factorize/run/race.hpp"
#include "factorize/solve/run_control.hpp"
#include "factorize/solve/solver.hpp"
#include "factorize/start/subsample.hpp"

namespace partita {

/// The restarts of one group on their way: those that wait, with their states, and what has come of
/// the others. Where there is a compressed X, a restart runs on it first and is polished on X
/// itself afterwards. All members but errors_at() and drop() are collective over X.grid().all().
template <class Real>
class GroupRun {
 public:
  /// Everything but `todo` is borrowed. @param compressed  nullptr for none.
  /// @param subsample  where random starts are improved first; nullptr for none.
  /// @param checkpoint  nullptr for none.
  GroupRun(const DistributedMatrix<Real>& X, const DistributedMatrix<Real>* compressed,
           Subsample<Real>* subsample, const FactorizeOptions& options, Index batch,
           const std::optional<GivenStart>& given, Resumption<Real> todo,
           RunCheckpoint<Real>* checkpoint, RunControl& control);

  /// Every restart to its end.
  void finish_all();
  /// Every restart that is still in the race from iteration `begin` to `end`, or to its own end
  /// before; some may be there already.
  void advance(Index begin, Index end);
  /// Writes the errors that my restarts had at the end of a stage of the race to errors[restart -
  /// first_restart]; those that were out by then are left alone.
  void errors_at(const RaceStage& stage, std::span<double> errors) const;
  /// Ends the restarts given, as far as they are mine and still on their way.
  void drop(std::span<const Index> restarts);

  /// Saves the states of those that wait and of those given, where there is a checkpoint.
  void save(std::span<const RestartState<Real>> running = {});
  /// The run stops: what has begun ends as it is.
  void stop(StopReason reason);
  [[nodiscard]] bool has_results() const { return !group_.results.empty(); }
  [[nodiscard]] GroupResult<Real> take() { return std::move(group_); }

 private:
  void run_batch(std::span<const Index> restarts);
  void run_on_compressed(std::span<const Index> restarts);
  void solve(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
             std::span<const Index> restarts, RestartPhase phase);
  void end_phase(RestartOutcome<Real> outcome);
  void finish(RestartOutcome<Real> outcome);
  [[nodiscard]] std::vector<std::vector<Index>> racing_batches(Index begin, Index end) const;
  [[nodiscard]] const RestartResult* ended(Index restart) const;
  [[nodiscard]] std::vector<RestartStart<Real>> starts(const DistributedMatrix<Real>& X,
                                                       std::span<const Index> restarts);
  [[nodiscard]] RestartStart<Real> resumed_start(Index restart);
  [[nodiscard]] RestartStart<Real> fresh_start(const DistributedMatrix<Real>& first, Index restart);

  const DistributedMatrix<Real>& X_;
  const DistributedMatrix<Real>* compressed_;
  Subsample<Real>* subsample_;
  const FactorizeOptions& options_;
  FactorizeOptions options_on_compressed_;
  Index batch_;
  const std::optional<GivenStart>& given_;
  RunControl& control_;
  std::vector<std::vector<Index>> batches_;  ///< restarts that have not ended, as they were dealt
  std::map<Index, RestartState<Real>> waiting_;  ///< begun, and in no solver's hands
  RunCheckpoint<Real>* checkpoint_;
  GroupResult<Real> group_;
};

}  // namespace partita
