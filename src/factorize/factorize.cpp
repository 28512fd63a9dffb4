#include "factorize/factorize.hpp"

#include "partita/base/error.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <exception>
#include <limits>
#include <string>
#include <utility>

#include "base/interruption.hpp"
#include "base/threads.hpp"
#include "comm/agreement.hpp"
#include "comm/collectives.hpp"
#include "comm/in_every_group.hpp"
#include "comm/notice_board.hpp"
#include "comm/wait_listening.hpp"
#include "factorize/matrix/compressed_matrix.hpp"
#include "factorize/run/checkpoint.hpp"
#include "factorize/run/group_run.hpp"
#include "factorize/run/race.hpp"
#include "factorize/run/result_factors.hpp"
#include "factorize/run/unit_of_X.hpp"
#include "factorize/settings.hpp"
#include "factorize/solve/work_timer.hpp"
#include "factorize/start/check_start.hpp"
#include "factorize/start/fixed_parts.hpp"

namespace partita {

namespace {

/// The batches of a group that begins at its start.
std::vector<std::vector<Index>> fresh_batches(const JobPlan& plan, Index group, Index first) {
  std::vector<std::vector<Index>> batches;
  const Range restarts = plan.restarts_of(group);
  for (Index r = restarts.begin; r < restarts.end; ++r) {
    if ((r - restarts.begin) % plan.batch == 0) batches.emplace_back();
    batches.back().push_back(first + r);
  }
  return batches;
}

/// From another layout: saved at once under the new dealing, as from now on the old files are
/// overwritten one by one. @throws Error (input_output) when that fails; the old files are kept.
template <class Real>
void save_under_new_dealing(RunCheckpoint<Real>& checkpoint, const Resumption<Real>& todo,
                            const std::string& folder) {
  std::vector<const RestartState<Real>*> running;
  for (const auto& [restart, state] : todo.running) running.push_back(&state);
  if (checkpoint.save(todo.done, running)) return;
  throw Error(ErrorKind::input_output,
              folder + ": the checkpoint cannot be written for the new layout; make room there");
}

/// What this group has to do: from the checkpoints, if there are any, else from the start.
/// Collective over `world`; X and checkpoint are nullptr where a group has no restarts.
template <class Real>
Resumption<Real> find_work(const Communicator& world, const JobPlan& plan,
                           const FactorizeOptions& options, RunCheckpoint<Real>* checkpoint,
                           const CheckpointOptions& checkpoint_options, const RunHooks& hooks) {
  Resumption<Real> todo;
  // Nobody may write before everybody has read.
  together(world, [&] {
    if (checkpoint != nullptr) todo = checkpoint->load();
  });
  const bool found = max_over(world, todo.found ? 1 : 0) > 0;
  if (!found) {
    todo.batches = fresh_batches(plan, plan.group_of(world.rank()), options.first_restart);
    if (checkpoint_options.enabled()) remove_checkpoints(world, checkpoint_options.folder);
    return todo;
  }
  if (world.is_root() && hooks.on_warning) {
    hooks.on_warning("continues from the checkpoint in " + checkpoint_options.folder);
  }
  together(world, [&] {
    if (todo.redealt) save_under_new_dealing(*checkpoint, todo, checkpoint_options.folder);
  });
  if (max_over(world, todo.redealt ? 1 : 0) > 0) {
    remove_checkpoints(world, checkpoint_options.folder, plan.active_groups());
  }
  return todo;
}

/// The stages of a race over the restarts of all groups; the survivors run to their ends.
/// Collective over `world`; run is empty where a group has no restarts.
template <class Real>
void race(const Communicator& world, const FactorizeOptions& options,
          std::optional<GroupRun<Real>>& run, const RunControl& control) {
  Index begin = 0;
  for (const RaceStage& stage : race_stages(options.restarts)) {
    if (run) run->advance(stage.begin, stage.end);
    wait_listening(world);
    if (max_over(world, control.early() ? 1 : 0) > 0) return;
    std::vector<double> errors(static_cast<std::size_t>(options.restarts),
                               std::numeric_limits<double>::infinity());
    if (run) run->errors_at(stage, errors);
    min_over(world, std::span<double>(errors));
    std::vector<Index> losers = race_losers(errors, stage.survivors);
    for (Index& loser : losers) loser += options.first_restart;
    if (run) run->drop(losers);
    begin = stage.end;
  }
  if (run) run->advance(begin, kNoPause);
}

/// When any group has stopped early, all have: those that had come to an end are saved too.
/// Collective over `world`. @throws Error (interrupted) when nothing has begun anywhere.
template <class Real>
void end_all_if_stopped(const Communicator& world, std::optional<GroupRun<Real>>& run,
                        const RunControl& control) {
  constexpr int kRunsOn = -1;
  const int reason =
      max_over(world, control.early() ? static_cast<int>(*control.early()) : kRunsOn);
  if (reason == kRunsOn) return;
  const InterruptionHold hold;
  if (run) {
    if (!control.early()) run->save();
    run->stop(static_cast<StopReason>(reason));
  }
  const int begun = max_over(world, run && run->has_results() ? 1 : 0);
  if (begun != 0) return;
  agree_on_failure(world, stop_signal() != 0 ? std::make_exception_ptr(interruption()) : nullptr);
  throw interruption();
}

/// @throws Error (usage, bad_data) for options or a given start that do not fit X or each other.
template <class Real>
void check_request(const DistributedMatrix<Real>& X, const FactorizeOptions& options,
                   const std::optional<GivenStart>& start) {
  validate(options, X.rows(), X.columns());
  if (counts_all_alike(options) != X.counts_all_alike() ||
      options.unstored != X.unstored_weight()) {
    throw Error(
        ErrorKind::usage,
        "how entries count is not the same in the options (--unstored, --weights) and in X");
  }
  check_start(X, options, start);
}

/// Results as plain numbers, to travel: a head of seven, then the trace, four a point.
constexpr std::size_t kHead = 7;
constexpr std::size_t kPoint = 4;

std::vector<double> packed(std::span<const RestartResult> results) {
  std::vector<double> numbers;
  for (const RestartResult& r : results) {
    // No double counts all restarts, but its bits do.
    numbers.insert(numbers.end(), {std::bit_cast<double>(r.restart), static_cast<double>(r.stop),
                                   static_cast<double>(r.iterations), r.relative_error, r.objective,
                                   r.seconds, static_cast<double>(r.trace.size())});
    for (const TracePoint& point : r.trace) {
      numbers.insert(numbers.end(), {static_cast<double>(point.iteration), point.seconds,
                                     point.relative_error, point.objective});
    }
  }
  return numbers;
}

void unpack(std::span<const double> numbers, std::vector<RestartResult>& results) {
  while (!numbers.empty()) {
    RestartResult r;
    r.restart = std::bit_cast<Index>(numbers[0]);
    r.stop = static_cast<StopReason>(static_cast<int>(numbers[1]));
    r.iterations = static_cast<Index>(numbers[2]);
    r.relative_error = numbers[3];
    r.objective = numbers[4];
    r.seconds = numbers[5];
    const auto points = static_cast<std::size_t>(numbers[6]);
    for (std::size_t t = 0; t < points; ++t) {
      const double* point = numbers.data() + kHead + kPoint * t;
      r.trace.push_back({static_cast<Index>(point[0]), point[1], point[2], point[3]});
    }
    numbers = numbers.subspan(kHead + kPoint * points);
    results.push_back(std::move(r));
  }
}

constexpr const char* kNoFiniteError =
    "no restart ended with a finite error: its numbers overflowed; scale the matrix or the given "
    "start towards 1, or try a smaller --relaxation, smaller penalties, another solver or "
    "--precision double";

/// Every restart's result on world rank 0, and the best one's head on every process.
/// @param rounding_unit  as best_of() takes it.
Factorization combine(const Communicator& world, std::span<const RestartResult> from_this_root,
                      double rounding_unit) {
  Factorization all;
  for (const auto& part : gather(world, std::span<const double>(packed(from_this_root)), 0)) {
    unpack(part, all.restarts);
  }
  std::ranges::sort(all.restarts, {}, &RestartResult::restart);
  std::vector<double> head(kHead, 0);
  Index best = best_of(all.restarts, rounding_unit);
  broadcast(world, std::span<Index>(&best, 1), 0);
  if (best < 0) {
    throw Error(ErrorKind::diverged, kNoFiniteError);
  }
  if (world.is_root()) {
    RestartResult without_trace = all.restarts[static_cast<std::size_t>(best)];
    without_trace.trace.clear();
    head = packed(std::span<const RestartResult>(&without_trace, 1));
  }
  broadcast(world, std::span<double>(head), 0);
  std::vector<RestartResult> best_head;
  unpack(head, best_head);
  all.best = std::move(best_head.front());
  return all;
}

/// The text of the lowest process that has one, on every process. Collective.
std::string failure_of_any(const Communicator& world, std::string mine) {
  const int first = first_where(world, !mine.empty());
  if (first == world.size()) return "";
  broadcast(world, mine, first);
  return mine;
}

template <class Real>
DistributedMatrix<Real> compress_timed(const DistributedMatrix<Real>& X,
                                       const FactorizeOptions& options, RunControl& control) {
  // Six products with X: one with the probe, two in each power step, one to project.
  const double flops = 6 * 2 * static_cast<double>(X.block().stored() * options.sketch);
  const WorkTimer timer(control.work(), X.grid().all().traffic(), Work::products, flops);
  return compress(X, options.sketch, options.seed);
}

}  // namespace

template <class Real>
Factorization factorize(const Communicator& world, const JobPlan& plan,
                        const DistributedMatrix<Real>* X, const FactorizeOptions& asked,
                        const std::optional<GivenStart>& given, const RunHooks& hooks,
                        const CheckpointOptions& checkpoint_options) {
  FactorizeOptions options = asked;
  // Groups without restarts hold no X to check against; they hear of a refusal here.
  together(world, [&] {
    settle(options);
    if (X != nullptr) check_request(*X, options, given);
  });
  const FactorizeOptions in_unit_of_user = options;
  const int unit = X != nullptr ? X->unit() : 0;
  bring_to_unit(options, unit);
  std::optional<GivenStart> start;
  std::vector<int> units_of_fixed;
  if (given) start = in_unit(*given, unit);
  if (X != nullptr && options.fixed.any()) {
    units_of_fixed = fixed_units(X->grid().all(), options, *start);
    into_units(options.fixed, units_of_fixed, *start);
  }
  const ThreadScope threads(options.threads);
  std::optional<RunCheckpoint<Real>> checkpoint;
  in_every_group(world, [&] {
    if (X == nullptr || !checkpoint_options.enabled()) return;
    checkpoint.emplace(*X, plan, plan.group_of(world.rank()), in_unit_of_user,
                       given ? &*given : nullptr, checkpoint_options, hooks);
  });
  RunCheckpoint<Real>* saves = checkpoint ? &*checkpoint : nullptr;
  Resumption<Real> todo = find_work(world, plan, options, saves, checkpoint_options, hooks);
  const bool is_group_root = X != nullptr && X->grid().all().is_root();
  NoticeBoard other_groups(world.split(is_group_root ? 0 : 1));
  RunControl control(
      options.stop, hooks, is_group_root,
      saves != nullptr ? checkpoint_options.every : std::numeric_limits<double>::infinity(),
      is_group_root ? &other_groups : nullptr);
  std::optional<DistributedMatrix<Real>> compressed;
  std::optional<Subsample<Real>> subsample;
  std::optional<GroupRun<Real>> run;
  in_every_group(world, [&] {
    if (X == nullptr) return;
    // The last iterations are always on X itself; short runs have no others.
    const bool sketches = options.sketch > 0 && options.stop.max_iterations > kPassesOfWindow;
    if (sketches) compressed.emplace(compress_timed(*X, options, control));
    if (options.subsample.lines > 0) subsample.emplace(*X, options.subsample, options.seed);
    run.emplace(*X, compressed ? &*compressed : nullptr, subsample ? &*subsample : nullptr, options,
                plan.batch, start, std::move(todo), saves, control);
  });
  if (options.race) {
    race(world, options, run, control);
  } else if (run) {
    run->finish_all();
  }
  wait_listening(world);  // for other groups; those without restarts have come at once
  other_groups.settle();
  end_all_if_stopped(world, run, control);
  GroupResult<Real> group;
  if (run) group = run->take();
  if (!is_group_root) group.results.clear();
  Factorization result = combine(world, group.results, std::numeric_limits<Real>::epsilon());
  if (group.best && group.best->result.restart == result.best.restart) {
    result.factors = result_factors(group, options, *X);
    if (options.fixed.any()) out_of_units(options.fixed, units_of_fixed, *given, result.factors);
  }
  result.work = control.work();
  if (saves != nullptr) result.identity = saves->identity();
  result.checkpoint_failure = failure_of_any(world, saves != nullptr ? saves->failure() : "");
  return result;
}

#define PARTITA_INSTANTIATE(Real)                                                           \
  template Factorization factorize(const Communicator&, const JobPlan&,                     \
                                   const DistributedMatrix<Real>*, const FactorizeOptions&, \
                                   const std::optional<GivenStart>&, const RunHooks&,       \
                                   const CheckpointOptions&);
PARTITA_INSTANTIATE(double)
PARTITA_INSTANTIATE(float)
#undef PARTITA_INSTANTIATE

}  // namespace partita
